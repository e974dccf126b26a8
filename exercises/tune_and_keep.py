"""The exercise of lesson 06: tune a model, and keep the best child's, registered and named."""

import math
from dataclasses import replace
from operator import ne
from typing import Any

from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion

from exercises.digits import trained
from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from exercises.engine.backend import Backend, Snapshot


def champion_of(name: str) -> str:
    """Say in Markdown which alias is meant."""
    return f"the champion of {code(name)}"


def said(source: str, run_id: str) -> str:
    """Say what a version is made from."""
    return f"the source {code(source)} and the run id {code(run_id)}"


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
        yield from self.changes({("", champion_of(self.args[1]))})
        yield from self.keeps_arguments()

    def best(self) -> list[Run]:
        """Return the children with the highest accuracy: several if they tie."""
        highest = max(run.metric("accuracy") for run in self.children)
        return [run for run in self.children if math.isclose(run.metric("accuracy"), highest)]

    def makes_a_child_for_each_draw(self) -> Findings:
        """Tell whether the call made one parent with a child for each draw, and no other run."""
        yield from self.one_parent()
        yield from self.has_children(len(self.args[0]))

    def logs_what_was_drawn(self) -> Findings:
        """Tell whether the children have the parameters of the draws, and their accuracy."""
        yield from self.each_is_logged(self.args[0])
        for run in self.children:
            wanted = right(run)["accuracy"]
            if not math.isclose(run.metric("accuracy"), wanted):
                expected = f"the metric `accuracy` = {code(wanted)} for {code(right(run)['model'])}"
                yield Finding(expected, run.value_of("metrics", "accuracy"), run)

    def keeps_one_model(self) -> Findings:
        """Tell whether one model was logged, to the best child."""
        owners = [self.after.runs.get(model.source_run_id) for model in self.added(LoggedModel)]
        if len(owners) != 1 or owners[0] not in self.best():
            on = names(filter(None, owners))
            found = f"{len(owners)} new" + (f", on {on}" if on else "")
            yield Finding(f"one model, on {names(self.best())}", found, self.best()[0])

    def registers_it(self) -> Findings:
        """Tell whether the call registered one version, of that model and with its run's id."""
        [model], versions = self.added(LoggedModel), self.added(ModelVersion)
        run = self.after.runs[model.source_run_id]
        good = [v for v in versions if model.model_id in v.source and v.run_id == run.run_id]
        if len(versions) != 1 or not good:
            found = "; ".join(said(one.source, one.run_id) for one in versions)
            found = f"{len(versions)} with {found}" if versions else "no new version"
            yield Finding(f"one new version with {said(model.model_uri, run.run_id)}", found, run)

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
