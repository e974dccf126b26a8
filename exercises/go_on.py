"""The exercise of lesson 07: a study made again from the children on the server, and continued."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.trial import create_trial

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from helpers.digits import right_answers

SPACE: dict[str, BaseDistribution] = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}


def drawn(run: Run) -> dict[str, float]:
    """Return the parameters that a child has logged, as numbers."""
    return {name: float(run.params[name]) for name in SPACE}


def said(params: Mapping[str, object]) -> str:
    """Say the parameters of a trial."""
    return ", ".join(f"{name} = {params[name]}" for name in SPACE)


def differs(run: Run, wanted: str, cause: str = "") -> Findings:
    """Tell whether a child has the parameters of a trial."""
    if said(run.params) != wanted:
        found = f"{code(said(run.params))} on {run.title}"
        yield Finding(f"a trial with {code(wanted)}", found, run, cause)


class GoOn(Requirements):
    """What the exercise requires of a call."""

    def known(self) -> list[Run]:
        """Return the children that count before a call, oldest first; infinity is 1.8e308 there."""
        done = self.before.finished(self.args[0])
        return [run for run in done if abs(run.metric("right")) < 1e308]

    def asked(self, runs: Sequence[Run]) -> Iterator[str]:
        """Say the parameters of each trial that a study asks for which knows some runs."""
        study = optuna.create_study(direction="maximize", sampler=TPESampler(seed=self.args[2]))
        for run in runs:
            with suppress(KeyError, ValueError):  # a wrong answer has logged what is no such trial
                params, right = drawn(run), run.metrics["right"]
                study.add_trial(create_trial(params=params, distributions=SPACE, value=right))
        for run in self.new:  # it learns of each before it is asked again
            trial = study.ask(SPACE)
            yield said(trial.params)
            study.tell(trial, run.metrics["right"])

    def changes_nothing_else(self) -> Findings:
        """Tell whether all is as it was; the parent may be opened again, which changes its end."""
        return self.changes({(self.args[0], "end_time")})

    def new_children_under_the_parent(self) -> Findings:
        """Tell whether the call made as many whole children as it was to make, and no more."""
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
        """Tell whether the first new trial is the one that a study with this knowledge asks for."""
        first, found = self.new[0], self.known()
        causes = {
            next(self.asked(found[::-1])): "newest_first",
            next(self.asked([])): "nothing_known",
        }
        yield from differs(first, next(self.asked(found)), causes.get(said(first.params), ""))

    def the_study_learns_of_new_trials(self) -> Findings:
        """Tell whether each trial is what a study asks for that was told the results before it."""
        for run, wanted in zip(self.new, self.asked(self.known()), strict=True):
            yield from differs(run, wanted)
        for run in self.new[:3]:  # training takes its time
            right = right_answers(**drawn(run))
            yield from self.has(run, "metrics", "right", right, "another_result")


exercise, check, hint, solution = load(__file__, GoOn)
