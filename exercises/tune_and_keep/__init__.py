"""The exercise of lesson 08: tune a model, and register the best child's under an alias."""

import math
from collections.abc import Collection
from dataclasses import replace
from operator import ne

from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion

from exercises.engine import FamilyRequirements, Finding, Findings, Run, code, load, names
from exercises.engine.check_store import champion_of
from exercises.engine.wrong_values import Candidate, among, recognize
from exercises.tune_and_keep.digit_models import TrainedModel, trained


def trained_for(run: Run) -> TrainedModel:
    """Return what the lesson makes of the parameters that a child has logged."""
    return trained(run.params["n_neighbors"], run.params["weights"])


def origin(source: str | None, run_id: str | None) -> str:
    """Describe what a version is made from."""
    return f"the source {code(source)} and the run ID {code(run_id)}"


class TuneAndKeep(FamilyRequirements):
    """What the exercise requires of a call."""

    @property
    def models(self) -> list[LoggedModel]:
        """The models that the call logged."""
        return [model for key, model in self.after.models.items() if key not in self.before.models]

    @property
    def versions(self) -> list[ModelVersion]:
        """The versions that the call registered."""
        before = self.before.versions
        return [version for key, version in self.after.versions.items() if key not in before]

    @property
    def best(self) -> list[Run]:
        """The children with the highest accuracy: several if they tie."""
        highest = max(run.metric("accuracy") for run in self.children)
        return [run for run in self.children if math.isclose(run.metric("accuracy"), highest)]

    def may_change(self) -> Collection[tuple[str, str]]:
        """Return the champion of the given name."""
        return {("", champion_of(self.args[1]))}

    def changes_nothing_else(self) -> Findings:
        """Require that everything is as it was, but for the champion of the given name."""
        owners = [model.source_run_id for model in self.models]
        for finding in super().changes_nothing_else():
            has_model = finding.run and finding.run.run_id in owners
            yield replace(finding, cause="earlier_parent" if has_model else finding.cause)

    def makes_a_child_for_each_draw(self) -> Findings:
        """Require one parent with a child for each draw, and no other run."""
        yield from self.one_parent()
        logged = [dict(run.params) for run in self.children]
        draws = [{name: str(value) for name, value in draw.items()} for draw in self.args[0]]
        missing = [code(draw) for draw in draws if draw not in logged]
        for finding in self.has_children(len(draws)):
            none = f", and none with {missing[0]}" if missing and not finding.cause else ""
            yield replace(finding, actual=finding.actual + none)

    def logs_what_was_drawn(self) -> Findings:
        """Require the parameters of the draws on the children, and their accuracy."""
        yield from self.children_have_params(self.args[0])
        for run in self.children:
            right, accuracy = trained_for(run), run.metrics.get("accuracy")
            if accuracy is None or not math.isclose(accuracy, right.accuracy):
                expected = f"the metric `accuracy` = {code(right.accuracy)} for {code(right.model)}"
                on_the_parent = accuracy is None and "accuracy" in self.parent.metrics
                cause = "accuracy_on_the_parent" if on_the_parent else ""
                seen = Candidate(
                    "on_training_rows",
                    "how much the model gets right of the rows that it was trained on",
                    right.on_training_rows,
                )
                others = [
                    Candidate("another", f"the accuracy of {child.title}", other.accuracy)
                    for child in self.children
                    if (other := trained_for(child)).accuracy != right.accuracy
                ]
                fact = accuracy and recognize(accuracy, right.accuracy, [seen, *others])
                actual = run.value_of("metrics", "accuracy")
                yield Finding(expected, actual, run, cause, fact or None)

    def keeps_one_model(self) -> Findings:
        """Require one new model, on the best child."""
        logged_to = [self.after.runs.get(model.source_run_id or "") for model in self.models]
        owners = [run for run in logged_to if run]
        if len(logged_to) != 1 or logged_to[0] not in self.best:
            earlier = [run for run in owners if run.run_id in self.before.runs]
            before = ", a run that was there before" if earlier else ""
            actual = f"{len(logged_to)} new" + (f", on {names(owners)}{before}" if owners else "")
            cause, fact = "", None
            if owners[1:]:
                cause = "several_models"
            elif earlier:
                cause = "earlier_parent"
            elif owners == [self.parent]:
                cause = "model_on_the_parent"
            elif owners and owners[0] in self.children:
                values = [(run.title, run.metric("accuracy")) for run in self.children]
                accuracy, best = owners[0].metric("accuracy"), self.best[0].metric("accuracy")
                fact = recognize(accuracy, best, among(values, "highest"))
            yield Finding(f"one model, on {names(self.best)}", actual, self.best[0], cause, fact)

    def registers_it(self) -> Findings:
        """Require one new version, of that model and with its run ID."""
        [model], versions = self.models, self.versions
        run = self.after.runs[model.source_run_id or ""]
        right = [
            v for v in versions if model.model_id in (v.source or "") and v.run_id == run.run_id
        ]
        if len(versions) != 1 or not right:
            expected = f"one new version with {origin(model.model_uri, run.run_id)}"
            sources = dict.fromkeys(origin(v.source, v.run_id) for v in versions)
            actual = f"{len(versions)} with {'; '.join(sources)}"
            cause = "registered_twice" if len(versions) > 1 == len(sources) else ""
            if not versions:
                known = any(v.name == self.args[1] for v in self.before.versions.values())
                actual, cause = "no new version", "only_the_first_time" if known else ""
            earlier = {f"models:/{model_id}" for model_id in self.before.models}
            if earlier & {version.source for version in versions}:
                actual, cause = f"{actual}: a model that was there before", "an_earlier_model"
            yield Finding(expected, actual, run, cause)

    def names_the_champion(self) -> Findings:
        """Require that the alias points to the new version."""
        [version], name = self.versions, champion_of(self.args[1])
        number = self.after.surroundings.get(name)
        if number != version.version:
            where = f"on version {number}" if number else "no such alias"
            yield Finding(f"the alias `champion` on version {version.version}", where)

    def keeps_what_was_trained(self) -> Findings:
        """Require that the champion, once loaded, is the model that was trained for its child."""
        [version], loaded = self.versions, self.outcome.observed
        run = self.after.runs[version.run_id or ""]
        right = trained_for(run)
        expected = f"{code(right.model)}, trained as `fit_and_score` does it"
        if not loaded:
            error = self.outcome.observe_error or "its answers are no plain data"
            yield Finding(expected, code(f"it cannot be asked: {error}"), run)
        model, answers = loaded
        if model != right.model:
            another = model in [trained_for(child).model for child in self.children]
            yield Finding(expected, code(model), run, "another_childs" if another else "")
        if answers != right.answers:
            different = sum(map(ne, answers, right.answers))
            actual = f"{code(model)} that reads {different} rows otherwise"
            yield Finding(expected, actual, run)


exercise, check, hint, solution = load(__file__, TuneAndKeep)
