"""The exercise of lesson 07: rebuild a study from the children on the server, and continue it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import isclose, isnan
from typing import Literal

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.trial import create_trial

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from helpers.digits import right_answers

Direction = Literal["minimize", "maximize"]
SPACE: dict[str, BaseDistribution] = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}


def drawn(run: Run) -> dict[str, float]:
    """Return the parameters that a child has logged, as numbers."""
    return {name: float(run.params[name]) for name in SPACE}


def as_text(params: Mapping[str, object]) -> str:
    """Say the parameters of a trial."""
    return ", ".join(f"{name} = {params[name]}" for name in SPACE)


def differs(run: Run, wanted: str, cause: str = "") -> Findings:
    """Require that a child has the parameters of a trial."""
    if as_text(run.params) != wanted:
        found = f"{code(as_text(run.params))} on {run.title}"
        yield Finding(f"a trial with {code(wanted)}", found, run, cause)


def almost(found: str, wanted: str) -> bool:
    """Tell whether the parameters of a trial are the wanted ones, rounded."""
    numbers = [
        [float(part.split(" = ")[1]) for part in text.split(", ")] for text in (found, wanted)
    ]
    return all(
        isclose(one, other, rel_tol=0.01, abs_tol=1e-4) for one, other in zip(*numbers, strict=True)
    )


def in_order(runs: Sequence[Run]) -> list[Run]:
    """Return runs, oldest first."""
    return sorted(runs, key=lambda run: run.start_time)


class GoOn(Requirements):
    """What the exercise requires of a call."""

    def known(self) -> list[Run]:
        """Return the children that count before a call, oldest first; infinity is 1.8e308 there."""
        done = self.before.finished(self.args[0])
        return [run for run in done if abs(run.metric("right")) < 1e308]

    def asked(
        self, runs: Sequence[Run], direction: Direction = "maximize", seed: int | None = None
    ) -> Iterator[str]:
        """Say the parameters of each trial that a study which knows some runs suggests."""
        sampler = TPESampler(seed=self.args[2] if seed is None else seed)
        study = optuna.create_study(direction=direction, sampler=sampler)
        for run in runs:
            with suppress(KeyError, ValueError):  # a wrong answer has logged what is no such trial
                params, right = drawn(run), run.metrics["right"]
                study.add_trial(create_trial(params=params, distributions=SPACE, value=right))
        for run in self.new:  # it learns of each before it is asked again
            trial = study.ask(SPACE)
            yield as_text(trial.params)
            study.tell(trial, run.metrics["right"])

    def changes_nothing_else(self) -> Findings:
        """Require that all is as it was; the parent may be opened again, which changes its end."""
        return self.changes({(self.args[0], "end_time")})

    def new_children_under_the_parent(self) -> Findings:
        """Require that the call made as many whole children as it was to make, and no more."""
        parent, wanted, _ = self.args
        other = [run for run in self.new if run.parent_id != parent]
        number = len(self.new) - len(other)
        if other or number != wanted:
            found = f"{number} under it" + (f", and elsewhere {names(other)}" if other else "")
            cause = "another_number" if number and not other else ""
            yield Finding(f"{wanted} new child runs under the parent", found, cause=cause)
        for run in self.new:
            for kind, name in (("params", "C"), ("params", "gamma"), ("metrics", "right")):
                if name not in getattr(run, kind):
                    found = run.value_of(kind, name)
                    yield Finding("each with `C`, `gamma` and `right`", found, run, "not_whole")

    def the_study_knows_what_was_found(self) -> Findings:
        """Tell whether the first new trial is the one that a study with this knowledge suggests."""
        first, wanted = self.new[0], next(self.asked(self.known()))
        found = as_text(first.params)
        cause = ""
        if found != wanted:
            cause = next((name for name, text in self.mistakes(wanted) if text == found), "")
        yield from differs(first, wanted, cause)

    def mistakes(self, wanted: str) -> Iterator[tuple[str, str]]:
        """Yield what a study suggests first that misses one rule, with a name for the mistake."""
        parent, known = self.args[0], self.known()
        finite = [run for run in self.before.finished(parent) if not isnan(run.metric("right"))]
        every = [run for run in self.before.children(parent) if abs(run.metric("right")) < 1e308]
        below = [run for one in self.before.children(parent) for run in self.finished_of(one)]
        name = self.before.runs[parent].run_name
        parents = [run for run in self.before.runs.values() if run.run_name == name]
        named = [run for one in parents for run in self.finished_of(one)]
        if almost(as_text(self.new[0].params), wanted):
            yield "rounded_parameters", as_text(self.new[0].params)
        studies = {
            "newest_first": self.asked(known[::-1]),
            "nothing_known": self.asked([]),
            "minimizes": self.asked(known, "minimize"),
            "any_status": self.asked(every),
            "without_zero": self.asked([run for run in known if run.metrics["right"]]),
            "below_a_child": self.asked([*known, *below]),
            "from_other_parents": self.asked(in_order(named)),
        }
        for runs in (finite, [run for run in finite if run.metrics["right"] < 1e308]):
            yield "infinite_ones", next(self.asked(runs))
        for cause, trials in studies.items():
            yield cause, next(trials)
        for seed in {0, 1, 36} - {self.args[2]}:
            yield "without_the_seed", next(self.asked(known, seed=seed))
        if self.earlier:
            there = self.earlier[-1].after.runs
            yield "known_before", next(self.asked([run for run in known if run.run_id in there]))

    def finished_of(self, run: Run) -> list[Run]:
        """Return the children of a run that count."""
        children = self.before.finished(run.run_id)
        return [child for child in children if abs(child.metric("right")) < 1e308]

    def the_study_learns_of_new_trials(self) -> Findings:
        """Require that each trial is what a study asks for that was told the results before it."""
        for run, wanted in zip(self.new, self.asked(self.known()), strict=True):
            yield from differs(run, wanted)
        for run in self.new[:3]:  # training takes its time
            right = right_answers(**drawn(run))
            yield from self.has(run, "metrics", "right", right, "another_result")


exercise, check, hint, solution = load(__file__, GoOn)
