"""The exercise of lesson 07: a study made again from the children on the server, and continued."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import optuna
from mlflow.entities import Run
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.trial import create_trial
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from exercises.engine import Exercise, Finding, Record, code, names, value_of
from helpers.tree import PARENT_TAG

exercise = Exercise.load(__file__)
SPACE: dict[str, BaseDistribution] = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}
ROWS, DIGITS = (data[::6] for data in load_digits(return_X_y=True))


def known(record: Record) -> list[Run]:
    """Return the children that count before a call, oldest first; infinity is 1.8e308 there."""
    family = record.before.children(record.call.args[0])
    done = [run for run in family if run.info.status == "FINISHED"]
    return [run for run in done if abs(run.data.metrics.get("right", math.nan)) < 1e308]


def drawn(run: Run) -> dict[str, float]:
    """Return the parameters that a child has logged, as numbers."""
    return {name: float(run.data.params[name]) for name in SPACE}


def asked(record: Record, runs: Sequence[Run]) -> Iterator[dict[str, float]]:
    """Yield the parameters of each trial that a study asks for which knows some runs."""
    study = optuna.create_study(direction="maximize", sampler=TPESampler(seed=record.call.args[2]))
    for run in runs:
        with suppress(KeyError, ValueError):  # a wrong answer has logged what is no such trial
            right = run.data.metrics["right"]
            study.add_trial(create_trial(params=drawn(run), distributions=SPACE, value=right))
    for run in record.new:  # it learns of each before it is asked again
        trial = study.ask(SPACE)
        yield trial.params
        study.tell(trial, run.data.metrics["right"])


def differs(run: Run, params: Mapping[str, float], cause: str = "") -> Finding | None:
    """Say which parameters a child has, if they are not these."""
    expected = ", ".join(f"{name} = {value}" for name, value in params.items())
    found = ", ".join(f"{name} = {run.data.params[name]}" for name in SPACE)
    if found == expected:
        return None
    found = f"{code(found)} on {code(run.info.run_name)}"
    return Finding(f"a trial with {code(expected)}", found, run, cause)


def right_answers(run: Run) -> int:
    """Return how many rows the lesson's model gets right with a child's parameters."""
    model = make_pipeline(StandardScaler(), SVC(**drawn(run)))
    folds = KFold(3, shuffle=True, random_state=0)
    return int((cross_val_predict(model, ROWS, DIGITS, cv=folds) == DIGITS).sum())


@exercise.requirement
def new_children_under_the_parent(record: Record) -> Finding | None:
    """Tell whether the call made as many children as it was to make, whole ones, and no more."""
    parent, wanted, _ = record.call.args
    other = [run for run in record.new if run.data.tags.get(PARENT_TAG) != parent]
    number = len(record.new) - len(other)
    if number != wanted or other:
        found = f"{number} under it" + (f", and elsewhere {names(other)}" if other else "")
        cause = "another_number" if number and not other else ""
        return Finding(f"{wanted} new child runs under the parent", found, cause=cause)
    for run in record.new:
        for kind, name in (("params", "C"), ("params", "gamma"), ("metrics", "right")):
            if name not in getattr(run.data, kind):
                found = value_of(run, kind, name)
                return Finding("each with `C`, `gamma` and `right`", found, run, "not_whole")
    return None


@exercise.requirement
def the_study_knows_what_was_found(record: Record) -> Finding | None:
    """Tell whether the first new trial is the one that a study with this knowledge asks for."""
    run, found, cause = record.new[0], known(record), ""
    for name, others in (("newest_first", found[::-1]), ("nothing_known", [])):
        if not differs(run, next(asked(record, others))):
            cause = name
    return differs(run, next(asked(record, found)), cause)


@exercise.requirement
def the_study_learns_of_new_trials(record: Record) -> Finding | None:
    """Tell whether each trial is what a study asks for that was told the results before it."""
    for run, params in zip(record.new, asked(record, known(record)), strict=True):
        if finding := differs(run, params):
            return finding
    for run in record.new[:3]:  # training takes its time
        if run.data.metrics["right"] != (right := right_answers(run)):
            found = value_of(run, "metrics", "right")
            return Finding(f"`right` = `{right}`", found, run, "another_result")
    return None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
