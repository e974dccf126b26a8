"""The exercise of lesson 09: rebuild a study from the children on the server, and continue it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import isclose, isnan
from typing import Any, Literal

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.trial import create_trial

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from helpers.digits import right_answers

Params = Mapping[str, Any]
SPACE: dict[str, BaseDistribution] = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}
LARGEST = 1e308  # MLflow stores infinity as 1.8e308


def as_numbers(params: Params) -> dict[str, float]:
    """Return the parameters of a trial, without others, as numbers."""
    return {name: float(params[name]) for name in SPACE}


def show(params: Params) -> str:
    """Return the parameters of a trial as a string."""
    return ", ".join(f"{name} = {params[name]}" for name in SPACE)


def has_params(run: Run, right: Params) -> Findings:
    """Require that a child has the parameters of a trial."""
    if show(run.params) != show(right):
        actual = f"{code(show(run.params))} on {run.title}"
        yield Finding(f"a trial with {code(show(right))}", actual, run)


class GoOn(Requirements):
    """What the exercise requires of a call."""

    @property
    def known(self) -> list[Run]:
        """The children that count before a call, oldest first."""
        finished = self.before.finished_children(self.args[0])
        return [run for run in finished if abs(run.metric("right")) < LARGEST]

    def suggestions(
        self, runs: Sequence[Run], direction: Literal["minimize", "maximize"] = "maximize"
    ) -> Iterator[Params]:
        """Yield what a study that knows some runs suggests for each new trial."""
        sampler = TPESampler(seed=self.args[2])
        study = optuna.create_study(direction=direction, sampler=sampler)
        for run in runs:
            with suppress(KeyError, ValueError):  # a wrong answer has logged what is no such trial
                params, right = as_numbers(run.params), run.metrics["right"]
                study.add_trial(create_trial(params=params, distributions=SPACE, value=right))
        for run in self.new_runs:  # it learns of each before it is asked again
            trial = study.ask(SPACE)
            yield trial.params
            study.tell(trial, run.metrics["right"])

    def may_change(self) -> set[tuple[str, str]]:
        """Return the end of the parent, which may be opened again."""
        return {(self.args[0], "end_time")}

    def new_children_under_the_parent(self) -> Findings:
        """Require as many new children as the call asks for, with all values, and no other run."""
        parent, wanted, _ = self.args
        other = [run for run in self.new_runs if run.parent_id != parent]
        number = len(self.new_runs) - len(other)
        if other or number != wanted:
            actual = f"{number} under it" + (f", and elsewhere {names(other)}" if other else "")
            cause = "another_number" if number and not other else ""
            yield Finding(f"{wanted} new child runs under the parent", actual, cause=cause)
        for run in self.new_runs:
            for kind, name in (("params", "C"), ("params", "gamma"), ("metrics", "right")):
                if name not in getattr(run, kind):
                    actual = run.value_of(kind, name)
                    yield Finding("each with `C`, `gamma` and `right`", actual, run, "not_whole")

    def the_study_knows_what_was_found(self) -> Findings:
        """Require that the first new trial is what a study with this knowledge suggests."""
        right = next(self.suggestions(self.known))
        for finding in has_params(self.new_runs[0], right):
            yield replace(finding, cause=self._missed_rule(right))

    def _missed_rule(self, right: Params) -> str:
        """Name the rule that was missed if a study suggests the first new trial."""
        first, known, parent = self.new_runs[0].params, self.known, self.args[0]
        with suppress(ValueError):  # a wrong answer may have logged what is no number
            pairs = zip(as_numbers(first).values(), right.values(), strict=True)
            if all(isclose(*pair, rel_tol=0.01, abs_tol=1e-4) for pair in pairs):
                return "rounded_parameters"
        every = self.before.children(parent)
        scored = [
            run for run in self.before.finished_children(parent) if not isnan(run.metric("right"))
        ]
        earlier = self.earlier[-1].after.runs if self.earlier else {}
        studies = [
            ("infinite_ones", self.suggestions(scored)),
            ("infinite_ones", self.suggestions([r for r in scored if r.metric("right") < LARGEST])),
            ("newest_first", self.suggestions(known[::-1])),
            ("nothing_known", self.suggestions([])),
            ("minimizes", self.suggestions(known, "minimize")),
            (
                "any_status",
                self.suggestions([run for run in every if abs(run.metric("right")) < LARGEST]),
            ),
            ("without_zero", self.suggestions([run for run in known if run.metrics["right"]])),
            ("known_before", self.suggestions([run for run in known if run.run_id in earlier])),
        ]
        return next((name for name, study in studies if show(next(study)) == show(first)), "")

    def the_study_learns_of_new_trials(self) -> Findings:
        """Require that each trial is what a study suggests that was told the results before it."""
        for run, right in zip(self.new_runs, self.suggestions(self.known), strict=True):
            yield from has_params(run, right)
        for run in self.new_runs[:3]:  # training takes its time
            answers = right_answers(**as_numbers(run.params))
            yield from self.has(run, "metrics", "right", answers, "another_result")


exercise, check, hint, solution = load(__file__, GoOn)
