"""The exercise of lesson 06: tune a model, and keep the best child's, registered and named."""

import math
from dataclasses import replace
from operator import ne
from typing import Any

from exercises.digits import trained
from exercises.engine import Exercise, Finding, Findings, Requirements, Run, code, names
from exercises.engine.backend import Backend, Snapshot


def right(run: Run) -> dict[str, Any]:
    """Return what the lesson makes of the parameters that a child has logged."""
    return trained(run.params["n_neighbors"], run.params["weights"])


class TuneAndKeep(Requirements):
    """What the exercise requires of a call."""

    @staticmethod
    def read(backend: Backend) -> Snapshot:
        """Read models, versions and aliases as well; those that are there must stay."""
        own, begins = f"{backend.name} digits", f"name LIKE '{backend.name}%'"
        read = backend.snapshot()
        with backend.client() as client:
            models = client.search_logged_models([backend.experiments[0]], max_results=50_000)
            versions = client.search_model_versions(begins)
            registered = client.search_registered_models(begins)
        there: dict[str, object] = {
            f"the model {code(model.model_id)}": model.name for model in models
        }
        there |= {f"version {one.version} of {code(one.name)}": one.source for one in versions}
        champions = {one.name: one.aliases.get("champion") for one in registered}
        champion = champions.pop(own, None)
        there |= {f"the champion of {code(name)}": version for name, version in champions.items()}
        there["the number of other models' versions"] = sum(one.name != own for one in versions)
        more = {
            "models": {model.model_id: model for model in models},
            "versions": {one.version: one for one in versions if one.name == own},
            "champion": champion,
        }
        return replace(read, others={**read.others, **there}, more=more)

    def added(self, what: str) -> list[Any]:
        """Return the models, or the versions, that are there since the call."""
        before, after = self.before.more[what], self.after.more[what]
        return [one for key, one in after.items() if key not in before]

    def best(self) -> list[Run]:
        """Return the children with the highest accuracy: several if they tie."""
        scored = [(run.metrics["accuracy"], run) for run in self.children]
        highest = max(accuracy for accuracy, _ in scored)
        return [run for accuracy, run in scored if math.isclose(accuracy, highest)]

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
        owners = [self.after.runs.get(model.source_run_id) for model in self.added("models")]
        if len(owners) != 1 or owners[0] not in self.best():
            on = names(filter(None, owners))
            found = f"{len(owners)} new" + (f", on {on}" if on else "")
            yield Finding(f"one model, on {names(self.best())}", found, self.best()[0])

    def registers_it(self) -> Findings:
        """Tell whether the call registered one version, of that model and with its run's id."""
        [model], versions = self.added("models"), self.added("versions")
        good = [
            v for v in versions if model.model_id in v.source and v.run_id == model.source_run_id
        ]
        if not len(versions) == len(good) == 1:
            found = [
                f"the source {code(v.source)} and the run id {code(v.run_id)}" for v in versions
            ]
            wanted = (
                f"the source {code(model.model_uri)} and the run id {code(model.source_run_id)}"
            )
            said = f"{len(found)} with {'; '.join(found[:3])}" if found else "no new version"
            run = self.after.runs[model.source_run_id]
            yield Finding(f"one new version with {wanted}", said, run)

    def names_the_champion(self) -> Findings:
        """Tell whether the alias points to the new version."""
        [version], found = self.added("versions"), self.after.more["champion"]
        if found != version.version:
            said = f"on version {found}" if found else "no such alias"
            yield Finding(f"the alias `champion` on version {version.version}", said)

    def keeps_what_was_trained(self) -> Findings:
        """Tell whether the champion, once loaded, is the model that was trained for its child."""
        [version], seen = self.added("versions"), self.outcome.seen
        run = self.after.runs[version.run_id]
        wanted, loaded = right(run), seen.get("value")
        expected = f"{code(wanted['model'])}, trained as `fit_and_score` does it"
        if not loaded:
            said = seen.get("error", "its answers are no plain data")
            yield Finding(expected, code(f"it cannot be asked: {said}"), run)
            return
        found = loaded["model"]
        if found != wanted["model"]:
            another = found in [right(child)["model"] for child in self.children]
            yield Finding(expected, code(found), run, "another_childs" if another else "")
        if loaded["answers"] != wanted["answers"]:
            differ = sum(map(ne, loaded["answers"], wanted["answers"]))
            yield Finding(expected, f"{code(found)} that reads {differ} rows otherwise", run)


exercise = Exercise.load(__file__, TuneAndKeep)
check, hint, solution = exercise.check, exercise.hint, exercise.solution
