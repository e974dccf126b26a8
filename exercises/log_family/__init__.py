"""The exercise of lesson 12: log a family that has all that `check_family` asks for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isnan
from typing import Any

from exercises.engine import FamilyRequirements, Finding, Findings, code, load
from exercises.engine.facts import Candidate, among, describe
from exercises.family import RULES, examine, lacking, tuned
from exercises.training import result


def as_strings(params: Mapping[str, object]) -> dict[str, str]:
    """Return parameters as MLflow stores them."""
    return {name: str(value) for name, value in params.items()}


def outcome(status: str, score: float | None) -> str:
    """Say in Markdown how a training run must end."""
    return f"{status} and no `score`" if score is None else f"{status} with `score` = {code(score)}"


class LogFamily(FamilyRequirements):
    """What the exercise requires of a call."""

    def keeps(self, rule: str) -> Findings:
        """Tell whether the family keeps a rule of `check_family`."""
        found = dict(examine(self.parent, self.children, "score", self.args[-1]))
        if found[rule]:
            yield Finding(RULES[rule], found[rule], self.parent)

    def result(self, params: Mapping[str, Any]) -> tuple[str, float | None]:
        """Return the status and the score of a dictionary's training run."""
        return result(self.args[1], params, self.args[2])

    def makes_a_child_for_each(self) -> Findings:
        """Require that the call made one parent with a child for each dictionary."""
        yield from self.one_parent()
        left = [as_strings(params) for params in self.args[0]]
        for run in self.children:
            if tuned(run) in left:
                left.remove(tuned(run))
        if len(self.logged) == len(self.children) + 1 <= len(self.args[0]) and left:
            found = f"{len(self.children)} under {self.parent.title}, and none with {code(left[0])}"
            expected = f"{len(self.args[0])} child runs under the parent"
            yield Finding(expected, found, self.parent, self.why_left_out(left))
        yield from self.has_children(len(self.args[0]))

    def why_left_out(self, left: list[dict[str, str]]) -> str:
        """Name the cause if some dictionaries have no child, and it is certain."""
        everything = [as_strings(params) for params in self.args[0]]
        failing = [as_strings(one) for one in self.args[0] if self.result(one)[0] == "FAILED"]
        if left == failing:
            return "no_run_for_a_failure"
        after = everything[everything.index(failing[0]) + 1 :] if failing else []
        return "loop_ended" if left == after else ""

    def ends_every_run(self) -> Findings:
        """Require that the call left no run open; the check has ended those that it left active."""
        for run in self.new:
            if run.run_id in self.outcome.left_open:
                cause = "" if run.parent_id else "parent_open"
                yield Finding(RULES["ended"], f"{run.title} was still open", run, cause)
        yield from self.keeps("ended")

    def logs_each_training(self) -> Findings:
        """Require that a child has what went into each training run, and what came out of it."""
        left = list(self.children)
        for params in self.args[0]:
            wanted, (status, score) = as_strings(params), self.result(params)
            run = next((one for one in left if tuned(one) == wanted), None)
            if run is None:
                yield Finding(f"a child with {code(wanted)}", code([tuned(one) for one in left]))
                return
            left.remove(run)
            found = run.metrics.get("score")
            if (run.status, repr(found)) != (status, repr(score)):  # NaN is not equal to itself
                expected = f"{outcome(status, score)} for {code(wanted)}"
                ended = f"{run.title} is {run.status}, {run.value_of('metrics', 'score')}"
                caught = status == "FAILED" and run.finished
                fact = None if None in (found, score) else describe(found, score, self.scores())
                yield Finding(expected, ended, run, "caught_inside" if caught else "", fact)

    def scores(self) -> Iterator[Candidate]:
        """Yield which score of another dictionary, or of another seed, a child may have."""
        parameters, train, seed, *_ = self.args
        for params in parameters:
            yield Candidate("another", f"the score of {code(params)}", self.result(params)[1])
        for other in {0, 1, seed + 1, *range(len(parameters))}:
            for params in parameters:
                score = result(train, params, other)[1]
                yield Candidate("another_seed", f"a score with the seed {other}", score)

    def can_be_repeated(self) -> Findings:
        """Tell whether code version, seed and data of each child are there, and true."""
        _, _, seed, about, _ = self.args
        needed = {**about, "seed": seed}
        there = {
            run.run_id: {**self.parent.tags, **self.parent.params, **run.tags, **run.params}
            for run in self.children
        }
        for run in self.children:
            missing = [name for name in needed if name not in there[run.run_id]]
            if missing:
                found = f"{lacking(missing)} on {run.title}, nor on its parent"
                others = any(missing[0] in known for known in there.values())
                yield Finding(RULES["repeat"], found, run, "on_some" if others else "")
            for name, value in needed.items():
                known = there[run.run_id][name]
                if known != str(value):
                    yield Finding(f"`{name}` = {code(value)}", code(known), run)

    def keeps_the_best(self) -> Findings:
        """Tell whether the parent has the best child's value, parameters and run ID."""
        for finding in self.keeps("best"):
            strings = {**self.parent.params, **self.parent.tags}
            other_kind = "best_score" in strings and "best_score" not in self.parent.metrics
            cause = "other_kind" if other_kind else ""
            found = re.sub("`([0-9a-f]{32})`", self.named, finding.found)
            yield Finding(finding.expected, found, self.parent, cause, next(self.facts(), None))

    def named(self, run_id: re.Match[str]) -> str:
        """Say a run ID in Markdown by its run's name, which a reader can tell from another."""
        run = self.after.runs.get(run_id[1])
        return f"that of {run.title}" if run else run_id[0]

    def facts(self) -> Iterator[Candidate]:
        """Yield what the score, the run ID and the parameters on the parent are, if wrong."""
        lowest = self.args[-1] == "minimize"
        scored = [run for run in self.children if not isnan(run.metric("score"))]
        best = (min if lowest else max)(scored, key=lambda run: run.metric("score"))
        kept, score = {**self.parent.params, **self.parent.tags}, self.parent.metrics
        if isnan(score.get("best_score", 0)):
            yield Candidate("nan", "not a number, and so no score that can be the best", None)
        values = [(run.title, run.metric("score")) for run in scored]
        taken = [
            *among(values, "lowest" if lowest else "highest"),
            *self.from_before("metrics", "score"),
        ]
        run_id = kept.get("best_run_id", "")
        if run_id in self.before.runs:
            name, since = "earlier_call", "an earlier call has logged"
            if run_id in self.given_ids:
                name, since = "older", "was there before the check"
            yield Candidate(name, f"the result of a run that {since}", run_id)
        if score.get("best_score", best.metric("score")) != best.metric("score"):
            yield from about("best_score", score["best_score"], best.metric("score"), taken)
        for name, value in tuned(best).items():
            theirs = [
                Candidate("another", f"the `{name}` of {run.title}", run.params.get(name))
                for run in self.children
                if run is not best
            ]
            found = kept.get(f"best_{name}", value)
            if found != value:
                yield from about(f"best_{name}", found, value, [*theirs, *numbers(value)])


def about(name: str, found: Any, right: Any, taken: list[Candidate]) -> Iterator[Candidate]:
    """Yield the fact about a wrong value; another run's value comes before a rounded one."""
    fact = next((one for one in taken if one.value == found), None) or describe(found, right)
    if fact:
        yield replace(fact, text=f"in the case of `{name}`, {fact.text}")


def numbers(value: str) -> Iterator[Candidate]:
    """Yield how a parameter may have been written with fewer digits."""
    try:
        number = float(value)
    except ValueError:
        return
    for digits in range(1, 8):
        shown = {f"{number:.{digits}g}", f"{number:.{digits}f}", f"{number:.{digits - 1}e}"}
        for text in shown | {str(round(number, digits)), str(round(number)), str(number)}:
            yield Candidate("rounded", "the right value, written in another way", text)


exercise, check, hint, solution = load(__file__, LogFamily)
