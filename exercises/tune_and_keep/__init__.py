"""The exercise of lesson 06: tune a model, and register the best child's under an alias."""

import math
from dataclasses import replace
from operator import ne
from typing import Any

from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from exercises.engine.backend import Backend, Snapshot
from exercises.engine.facts import Candidate, among, describe
from exercises.tune_and_keep.digit_models import trained


def champion_of(name: str) -> str:
    """Say in Markdown which alias is meant."""
    return f"the champion of {code(name)}"


def made_from(source: str, run_id: str) -> str:
    """Say what a version is made from."""
    return f"the source {code(source)} and the run ID {code(run_id)}"


def right(run: Run) -> dict[str, Any]:
    """Return what the lesson makes of the parameters that a child has logged."""
    return trained(run.params["n_neighbors"], run.params["weights"])


class TuneAndKeep(Requirements):
    """What the exercise requires of a call."""

    @staticmethod
    def read(backend: Backend) -> Snapshot:
        """Read models, versions and aliases as well; those that are there must stay."""
        begins, read = f"name LIKE '{backend.name}%'", backend.snapshot()
        with backend.client() as client:
            models = client.search_logged_models([backend.experiments[0]], max_results=50_000)
            versions = client.search_model_versions(begins)
            registered = client.search_registered_models(begins)
        others = {champion_of(one.name): one.aliases.get("champion") for one in registered}
        others |= {f"the name of the model {code(one.model_id)}": [one.name] for one in models}
        others |= {f"version {one.version} of {code(one.name)}": one.source for one in versions}
        more: dict[str, Any] = {one.model_id: one for one in models}
        more |= {f"{one.name} {one.version}": one for one in versions}
        return replace(read, others={**read.others, **others}, more=more)

    def added(self, kind: type) -> list[Any]:
        """Return the models, or the versions, that are there since the call."""
        new = [one for key, one in self.after.more.items() if key not in self.before.more]
        return [one for one in new if isinstance(one, kind)]

    def changes_nothing_else(self) -> Findings:
        """Tell whether all is as it was, but for the champion of the name that was given."""
        owners = [model.source_run_id for model in self.added(LoggedModel)]
        for finding in self.changes({("", champion_of(self.args[1]))}):
            with_a_model = finding.run and finding.run.run_id in owners
            yield replace(finding, cause="earlier_parent" if with_a_model else finding.cause)
        yield from self.keeps_arguments()

    def best(self) -> list[Run]:
        """Return the children with the highest accuracy: several if they tie."""
        highest = max(run.metric("accuracy") for run in self.children)
        return [run for run in self.children if math.isclose(run.metric("accuracy"), highest)]

    def makes_a_child_for_each_draw(self) -> Findings:
        """Tell whether the call made one parent with a child for each draw, and no other run."""
        yield from self.one_parent()
        logged = [dict(run.params) for run in self.children]
        draws = [{name: str(value) for name, value in draw.items()} for draw in self.args[0]]
        missing = [code(draw) for draw in draws if draw not in logged]
        for finding in self.has_children(len(draws)):
            none = f", and none with {missing[0]}" if missing and not finding.cause else ""
            yield replace(finding, found=finding.found + none)

    def logs_what_was_drawn(self) -> Findings:
        """Tell whether the children have the parameters of the draws, and their accuracy."""
        yield from self.each_is_logged(self.args[0])
        for run in self.children:
            wanted, found = right(run)["accuracy"], run.metrics.get("accuracy")
            if found is None or not math.isclose(found, wanted):
                expected = f"the metric `accuracy` = {code(wanted)} for {code(right(run)['model'])}"
                on_the_parent = found is None and "accuracy" in self.parent.metrics
                cause = "accuracy_on_the_parent" if on_the_parent else ""
                fact = None if found is None else self.fact_about(found, run)
                yield Finding(expected, run.value_of("metrics", "accuracy"), run, cause, fact)

    def fact_about(self, found: float, run: Run) -> Candidate | None:
        """Name what a wrong accuracy is: that of another child, or of the training rows."""
        others = [
            Candidate("another", f"the accuracy of {child.title}", right(child)["accuracy"])
            for child in self.children
            if right(child)["accuracy"] != right(run)["accuracy"]
        ]
        seen = Candidate(
            "on_training_rows",
            "how much the model gets right of the rows that it was trained on",
            right(run)["on_training_rows"],
        )
        return describe(found, right(run)["accuracy"], [seen, *others])

    def keeps_one_model(self) -> Findings:
        """Tell whether one model was logged, to the best child."""
        owners = [self.after.runs.get(model.source_run_id) for model in self.added(LoggedModel)]
        if len(owners) != 1 or owners[0] not in self.best():
            there = [run for run in owners if run]
            earlier = [run for run in there if run.run_id in self.before.runs]
            on = f"{names(there)}{', a run that was there before' if earlier else ''}"
            found = f"{len(owners)} new" + (f", on {on}" if there else "")
            cause, fact = self.misplaced(there, earlier)
            expected = f"one model, on {names(self.best())}"
            yield Finding(expected, found, self.best()[0], cause, fact)

    def misplaced(self, owners: list[Run], earlier: list[Run]) -> tuple[str, Candidate | None]:
        """Name the cause, or the fact, of a model on the wrong runs."""
        if owners[1:]:
            return "several_models", None
        if earlier:
            return "earlier_parent", None
        if owners == [self.parent]:
            return "model_on_the_parent", None
        values = [(run.title, run.metric("accuracy")) for run in self.children]
        best = max(value for _, value in values)
        on_one = owners and owners[0] in self.children
        return "", describe(
            owners[0].metric("accuracy"), best, among(values, "highest")
        ) if on_one else None

    def registers_it(self) -> Findings:
        """Tell whether the call registered one version, of that model and with its run ID."""
        [model], versions = self.added(LoggedModel), self.added(ModelVersion)
        run = self.after.runs[model.source_run_id]
        good = [v for v in versions if model.model_id in v.source and v.run_id == run.run_id]
        if len(versions) != 1 or not good:
            expected = f"one new version with {made_from(model.model_uri, run.run_id)}"
            sources = dict.fromkeys(made_from(one.source, one.run_id) for one in versions)
            found = f"{len(versions)} with {'; '.join(sources)}"
            cause = "registered_twice" if len(versions) > 1 == len(sources) else ""
            known = [key for key in self.before.more if key.startswith(f"{self.args[1]} ")]
            if not versions:
                found, cause = "no new version", "only_the_first_time" if known else ""
            if any(f"models:/{key}" == one.source for key in self.before.more for one in versions):
                found, cause = f"{found}: a model that was there before", "an_earlier_model"
            yield Finding(expected, found, run, cause)

    def names_the_champion(self) -> Findings:
        """Tell whether the alias points to the new version."""
        [version], name = self.added(ModelVersion), champion_of(self.args[1])
        found = self.after.others.get(name)
        if found != version.version:
            where = f"on version {found}" if found else "no such alias"
            yield Finding(f"the alias `champion` on version {version.version}", where)

    def keeps_what_was_trained(self) -> Findings:
        """Tell whether the champion, once loaded, is the model that was trained for its child."""
        [version], seen = self.added(ModelVersion), self.outcome.seen
        run = self.after.runs[version.run_id]
        wanted, loaded = right(run), seen.get("value")
        expected = f"{code(wanted['model'])}, trained as `fit_and_score` does it"
        if not loaded:
            error = seen.get("error", "its answers are no plain data")
            yield Finding(expected, code(f"it cannot be asked: {error}"), run)
            return
        found = loaded["model"]
        if found != wanted["model"]:
            another = found in [right(child)["model"] for child in self.children]
            yield Finding(expected, code(found), run, "another_childs" if another else "")
        if loaded["answers"] != wanted["answers"]:
            differ = sum(map(ne, loaded["answers"], wanted["answers"]))
            yield Finding(expected, f"{code(found)} that reads {differ} rows otherwise", run)


exercise, check, hint, solution = load(__file__, TuneAndKeep)
