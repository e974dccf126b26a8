"""The exercise of lesson 14: log a family that has all that `check_family` asks for."""

import re
from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

from exercises.describe_missing import lacking
from exercises.engine import FamilyRequirements, Finding, Findings, code, load
from exercises.engine.wrong_values import Candidate, among, recognize
from exercises.family import RULES, examine, tuned
from exercises.training import result

Params = Mapping[str, Any]


def as_strings(params: Params) -> dict[str, str]:
    """Return parameters as MLflow stores them."""
    return {name: str(value) for name, value in params.items()}


class LogFamily(FamilyRequirements):
    """What the exercise requires of a call."""

    def _keeps(self, rule: str) -> Findings:
        """Require that the family keeps a rule of `check_family`."""
        broken = dict(examine(self.parent, self.children, "score", self.args[-1]))
        if broken[rule]:
            yield Finding(RULES[rule], broken[rule], self.parent)

    def result(self, params: Params) -> tuple[str, float | None]:
        """Return the status and the score that a training run must have."""
        return result(self.args[1], params, self.args[2])

    def makes_a_child_for_each(self) -> Findings:
        """Require one parent with a child for each dictionary."""
        yield from self.one_parent()
        everything, tried = self.args[0], [tuned(run) for run in self.children]
        missing = [params for params in everything if as_strings(params) not in tried]
        if len(self.all_new_runs) == len(self.children) + 1 <= len(everything) and missing:
            none = f"none with {code(as_strings(missing[0]))}"
            actual = f"{len(self.children)} under {self.parent.title}, and {none}"
            expected, cause = f"{len(everything)} child runs under the parent", ""
            failing = [params for params in everything if self.result(params)[0] == "FAILED"]
            if missing == failing:
                cause = "no_run_for_a_failure"
            elif failing and missing == everything[everything.index(failing[0]) + 1 :]:
                cause = "loop_ended"
            yield Finding(expected, actual, self.parent, cause)
        yield from self.has_children(len(everything))

    def ends_every_run(self) -> Findings:
        """Require that the call left no run open; the check has ended those that it left active."""
        for run in self.new_runs:
            if run.run_id in self.outcome.left_open:
                cause = "" if run.parent_id else "parent_open"
                yield Finding(RULES["ended"], f"{run.title} was still open", run, cause)
        yield from self._keeps("ended")

    def logs_each_training(self) -> Findings:
        """Require what went into each training run on a child, and what came out of it."""
        remaining = list(self.children)
        for params in self.args[0]:
            wanted, (status, right) = code(as_strings(params)), self.result(params)
            run = next((run for run in remaining if tuned(run) == as_strings(params)), None)
            if run is None:
                others = code([tuned(run) for run in remaining])
                yield Finding(f"a child with {wanted}", others)
                return
            remaining.remove(run)
            score = run.metrics.get("score")
            if (run.status, repr(score)) != (status, repr(right)):  # NaN is not equal to itself
                outcome = "and no `score`" if right is None else f"with `score` = {code(right)}"
                actual = f"{run.title} is {run.status}, {run.value_of('metrics', 'score')}"
                cause = "caught_inside" if status == "FAILED" and run.finished else ""
                fact = None
                if score is not None and right is not None:
                    fact = recognize(score, right, self.other_scores())
                yield Finding(f"{status} {outcome} for {wanted}", actual, run, cause, fact)

    def other_scores(self) -> Iterator[Candidate]:
        """Yield the scores of other dictionaries, then those with another seed."""
        parameters, train, seed, *_ = self.args
        for other in (seed, *range(len(parameters))):
            for params in parameters:
                name, text = "another_seed", f"a score with the seed {other}"
                if other == seed:
                    name, text = "another", f"the score of {code(params)}"
                yield Candidate(name, text, result(train, params, other)[1])

    def can_be_repeated(self) -> Findings:
        """Require code version, seed and data of each child, and the right ones."""
        _, _, seed, about, _ = self.args
        needed = {**about, "seed": seed}
        own = {**self.parent.tags, **self.parent.params}
        known = {run.run_id: {**own, **run.tags, **run.params} for run in self.children}
        for run in self.children:
            missing = [name for name in needed if name not in known[run.run_id]]
            if missing:
                actual = f"{lacking(missing)} on {run.title}, nor on its parent"
                others = any(missing[0] in values for values in known.values())
                yield Finding(RULES["repeat"], actual, run, "on_some" if others else "")
            for name, value in needed.items():
                if known[run.run_id][name] != str(value):
                    actual = code(known[run.run_id][name])
                    yield Finding(f"`{name}` = {code(value)}", actual, run)

    def keeps_the_best(self) -> Findings:
        """Require the best child's value, parameters and run ID on the parent."""
        for finding in self._keeps("best"):
            strings = {**self.parent.params, **self.parent.tags}
            other_kind = "best_score" in strings and "best_score" not in self.parent.metrics
            actual = re.sub("`([0-9a-f]{32})`", self._name, finding.actual)
            cause = "other_kind" if other_kind else ""
            yield Finding(finding.expected, actual, self.parent, cause, self._score_fact())

    def _name(self, run_id: re.Match[str]) -> str:
        """Describe a run ID by its run's name, which a reader can tell from another."""
        run = self.after.runs.get(run_id[1])
        return f"that of {run.title}" if run else run_id[0]

    def _score_fact(self) -> Candidate | None:
        """Return what a wrong `best_score` is."""
        score = self.parent.metrics.get("best_score")
        if score is None:
            return None
        if isnan(score):
            return Candidate("nan", "not a number, and so no score that can be the best", None)
        scores = [(run.title, run.metric("score")) for run in self.children]
        known = [(title, value) for title, value in scores if not isnan(value)]
        choose, best = (min, "lowest") if self.args[-1] == "minimize" else (max, "highest")
        candidates = [*among(known, best), *self.from_before("metrics", "score")]
        fact = recognize(score, choose(value for _, value in known), candidates)
        return fact and Candidate(fact.name, f"in the case of `best_score`, {fact.text}", score)


exercise, check, hint, solution = load(__file__, LogFamily)
