"""The challenge of lesson 05: each parent run records its best child's result.

The calls in the TOML file are many small ones, in which the best child run is never twice the same
way: as they are, tests/code/test_wrong_rules.py finds no wrong rule that passes, and each pair of
settings occurs. After a change there, run that test.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import isnan, nan
from typing import Any

from exercises.engine import FamilyRequirements, Finding, Findings, Run, code, load, names
from exercises.engine.exercise_files import Call
from exercises.engine.wrong_values import Candidate, among, recognize

# The parameters that execute_tuning must accept, and their values where none are given.
DEFAULTS: dict[str, Any] = {
    "test_no": 0,
    "param1_choices": ["a", "b", "c"],
    "param2_choices": ["d", "e", "f"],
    "test_identifier": "",
    "num_child_runs": 5,
}
PARAMS = ("param1", "param2")


def asked(call: Call) -> dict[str, Any]:
    """Return the five values of a call, also those that were left to the defaults."""
    return DEFAULTS | dict(zip(DEFAULTS, call.args, strict=False)) | call.kwargs


def pair(run: Run, prefix: str = "") -> list[str]:
    """Return both parameters of a run; empty strings if it lacks them."""
    return [run.params.get(f"{prefix}{name}", "") for name in PARAMS]


def as_on(runs: Iterable[Run]) -> str:
    """Name child runs that have the same, if there are any."""
    titles = names(runs)
    return f", as on {titles}" if titles else ""


class BestChild(FamilyRequirements):
    """What the exercise requires of a call."""

    def lowest(self) -> float:
        """Return the lowest metric1 of the children, without those that are NaN."""
        values = [run.metrics["metric1"] for run in self.children]
        return min((value for value in values if not isnan(value)), default=nan)

    def best(self) -> list[Run]:
        """Return the children with the lowest metric1: several if they tie."""
        lowest = self.lowest()
        return [run for run in self.children if run.metrics["metric1"] == lowest] or self.children

    def absent(self, kind: str, name: str) -> str:
        """Name the cause if the parent run has no such metric or parameter."""
        if name in getattr(self.parent, kind):
            return ""
        if name in {**self.parent.metrics, **self.parent.params, **self.parent.tags}:
            return "other_kind"
        on_a_child = any(name in f"{run.metrics}{run.params}{run.tags}" for run in self.children)
        return "on_the_children" if on_a_child else "missing"

    def changes_nothing_else(self) -> Findings:
        """Require that everything that was there before is as it was; its lists may change."""
        return self.changes()

    def makes_one_parent(self) -> Findings:
        """Require one new run that has no parent."""
        late = [run for run in self.parents if run.run_id in self.outcome.left_open]
        after_the_block = any("best_" in f"{run.metrics}{run.params}" for run in late)
        for finding in self.one_parent():
            yield replace(finding, cause="after_the_block" if after_the_block else finding.cause)

    def makes_the_children(self) -> Findings:
        """Require as many direct child runs as the call asked for."""
        wanted = asked(self.call)["num_child_runs"]
        if len(self.children) != wanted:  # they may have children of their own
            always_five = len(self.children) == DEFAULTS["num_child_runs"]
            for finding in self.has_children(wanted):
                cause = finding.cause or ("always_five" if always_five else "")
                yield replace(finding, cause=cause)

    def logs_each_trial(self) -> Findings:
        """Require parameters drawn from the choices, and a metric1, on each child run."""
        runs = self.children
        if not runs:
            yield Finding("both parameters and `metric1` on each child run", "no child run")
        for name in PARAMS:
            choices = [str(choice) for choice in asked(self.call)[f"{name}_choices"]]
            drawn = {run.params.get(name): run for run in runs}
            for value, run in drawn.items():
                if value not in choices:
                    expected = f"`{name}` of each child run one of {code(', '.join(choices))}"
                    yield Finding(expected, run.value_of("params", name), run)
            if len(runs) > 20 and len(drawn) == 1 < len(choices):
                actual = f"{runs[0].value_of('params', name)}, and on all {len(runs)}"
                yield Finding(
                    f"`{name}` drawn anew for each child run", actual, runs[0], "drawn_once"
                )
        for run in runs:
            if "metric1" not in run.metrics:
                actual = run.value_of("metrics", "metric1")
                yield Finding("a number as `metric1` on each child run", actual, run)

    def carries_identifier(self) -> Findings:
        """Require the tag on the parent run and its child runs."""
        ident = asked(self.call)["test_identifier"] or "default"
        for run in (self.parent, *self.children):
            yield from self.has(run, "tags", "test_identifier", ident)

    def best_metric(self) -> Findings:
        """Require the lowest metric1 of its child runs on the parent run."""
        lowest, kept = self.lowest(), self.parent.metrics.get("best_metric1")
        if kept != lowest:
            expected = f"the metric `best_metric1` = {code(lowest)}, the lowest `metric1` of its"
            yield Finding(
                f"{expected} child runs{as_on(self.best())}",
                self.parent.value_of("metrics", "best_metric1"),
                self.parent,
                self.absent("metrics", "best_metric1"),
                recognize(kept, lowest, self.other_metrics()),
            )

    def other_metrics(self) -> list[Candidate]:
        """Return what `best_metric1` may be in place of the lowest metric1."""
        values = [(run.title, run.metrics["metric1"]) for run in self.children]
        metric2 = [
            Candidate("other_metric", f"the `metric2` of {run.title}", run.metric("metric2"))
            for run in self.best()
        ]
        kept = self.parent.metrics.get("best_metric1")
        start = Candidate("start_value", "less than any of its child runs has", kept)
        below = [start] if kept is not None and kept < self.lowest() else []
        return [*among(values), *metric2, *self.from_before("metrics", "metric1"), *below]

    def best_params(self) -> Findings:
        """Require both parameters of such a child run on the parent run."""
        params, right = pair(self.parent, "best_"), [pair(run) for run in self.best()]
        if params not in right:
            values = " or ".join(dict.fromkeys(code(", ".join(both)) for both in right))
            first, second = (self.parent.value_of("params", f"best_{name}") for name in PARAMS)
            absent = self.absent("params", "best_param1") or self.absent("params", "best_param2")
            yield Finding(
                f"`best_param1` and `best_param2` = {values}{as_on(self.best())}",
                f"{first} and {second}",
                self.parent,
                absent,
                None if absent else self._params_fact(params, right[0]),
            )

    def _params_fact(self, params: list[str], right: list[str]) -> Candidate | None:
        """Return what both best parameters are, or else the first of them that is wrong."""
        exchanged = Candidate("exchanged", "the right two, each in place of the other", right[::-1])
        owners = [run for run in self.children if pair(run) == params]
        highest = max(self.children, key=lambda run: run.metrics["metric1"])
        places = {"last": self.children[-1], "first": self.children[0], "highest": highest}
        name = next((name for name, run in places.items() if owners == [run]), "another")
        text = f"what {names(owners)} has, and not the best child run"
        others = [exchanged, *([Candidate(name, text, params)] if owners else [])]
        singles = [recognize(*values) for values in zip(params, right, strict=True)]
        return next(filter(None, [recognize(params, right, others), *singles]), None)


exercise, check, hint, solution = load(__file__, BestChild)
