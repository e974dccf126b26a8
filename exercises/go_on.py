"""The exercise of lesson 07: a study made again from the children on the server, and continued."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

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

from exercises.engine import Call, Described, Exercise, Finding, Logged, Record, Step, World
from exercises.engine.text import code, names, value_of
from helpers.tree import PARENT_TAG

exercise = Exercise.load(__file__)
SPACE: dict[str, BaseDistribution] = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}
ROWS, DIGITS = (data[::6] for data in load_digits(return_X_y=True))
# What became of each parent's children, oldest first: a result, "-" for no result, or a status that
# does not count, though its result is the best. All that count are low, so that a new trial is soon
# among the best, and a study that is not told of it goes another way.
FAMILIES = {
    "eleven": "9 13 FAILED 17 0 3 KILLED 15 nan 17 8 inf 18 - RUNNING 11 -inf 17",
    "none": "-",
    "namesake": "299",
}
LATER = "FAILED 300 12 nan"
# Parent, num_trials and seed of each call. With these seeds, a study that knows one child more or
# fewer, or knows them in another order, asks for another trial already at the first time.
ASKED = [("eleven", 3, 36), ("none", 21, 0)]


def children(parent: str, fates: str, first: int = 0) -> Iterator[Logged]:
    """Yield children of a parent; `first` is the number of the first one."""
    for n, fate in enumerate(fates.split(), start=first):
        draws = random.Random(f"{parent}/{n}")
        params = {"C": str(10 ** draws.uniform(-2, 4)), "gamma": str(10 ** draws.uniform(-5, 1))}
        status = fate if fate.isupper() else "FINISHED"
        metrics = {} if fate == "-" else {"right": 299 if fate.isupper() else float(fate)}
        yield Logged(f"{parent}/{n}", f"trial_{n}", params, metrics, {}, parent, status)


def world() -> list[Logged]:
    """Return three parents of one name with their children, a grandchild and a deleted child."""
    runs = [Logged(label, "parent_run_TPE_8", {}, {"best_right": 19}) for label in FAMILIES]
    for label, fates in FAMILIES.items():
        runs += children(label, fates)
    (deleted,) = children("eleven", "299", 90)
    return [*runs, *children("eleven/0", "299"), replace(deleted, deleted=True)]


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield a call for each parent, and the first one again when it has more children."""
    asked = [Call((world[label], number, seed)) for label, number, seed in ASKED]
    yield from map(Step, asked)
    yield Step(asked[0], first=list(children("eleven", LATER, 20)))


def known(record: Record) -> list[Logged]:
    """Return the children that count before a call, oldest first; infinity is 1.8e308 by now."""
    parent, *_ = record.call.args
    label = next(run.label for run in record.world.runs if run.run_id == parent)
    found = record.world.children(label)
    for call in record.earlier:
        if call.call.args[0] == parent:
            found += [
                Logged("", "", run.data.params, run.data.metrics, status=run.info.status)
                for run in call.new
            ]
    done = [run for run in found if run.status == "FINISHED"]
    return [run for run in done if abs(run.metrics.get("right", math.nan)) < 1e308]


def study_of(runs: Sequence[Logged], seed: int) -> optuna.Study:
    """Return a study that knows these runs."""
    study = optuna.create_study(direction="maximize", sampler=TPESampler(seed=seed))
    for run in runs:
        with suppress(KeyError, ValueError):  # a wrong answer has logged what is no such trial
            params = {name: float(run.params[name]) for name in SPACE}
            right = run.metrics["right"]
            study.add_trial(create_trial(params=params, distributions=SPACE, value=right))
    return study


def asked(record: Record) -> Iterator[tuple[Run, dict[str, float]]]:
    """Yield each new child, and the parameters that a study asks for which knows all before it."""
    study = study_of(known(record), record.call.args[2])
    for run in record.new:
        trial = study.ask(SPACE)
        yield run, trial.params
        study.tell(trial, run.data.metrics["right"])


def right_answers(params: Mapping[str, float]) -> int:
    """Return how many rows the lesson's model gets right."""
    model = make_pipeline(StandardScaler(), SVC(**params))
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
                found = f"{value_of(run, kind, name)} on {code(run.info.run_name)}"
                return Finding("each with `C`, `gamma` and `right`", found, run, "not_whole")
    return None


@exercise.requirement
def the_study_knows_what_was_found(record: Record) -> Finding | None:
    """Tell whether the first new trial is the one that a study with this knowledge asks for."""
    run, params = next(asked(record))
    found, seed = known(record), record.call.args[2]
    others = {
        "nothing_known": study_of([], seed).ask(SPACE).params,
        "newest_first": study_of(found[::-1], seed).ask(SPACE).params,
    }
    cause = next((name for name, other in others.items() if not differs(run, other)), "")
    for digits in range(16):
        rounded = {name: round(value, digits) for name, value in params.items()}
        cause = cause if differs(run, rounded) else "rounded"
    finding = differs(run, params)
    return finding and replace(finding, cause=cause)


@exercise.requirement
def the_study_learns_of_new_trials(record: Record) -> Finding | None:
    """Tell whether each trial is what a study asks for that was told the results before it."""
    for n, (run, params) in enumerate(asked(record)):
        if finding := differs(run, params):
            return finding
        # Training takes its time, so it is done again for the first three alone.
        if n < 3 and run.data.metrics["right"] != (right := right_answers(params)):
            found = f"{value_of(run, 'metrics', 'right')} on {code(run.info.run_name)}"
            return Finding(f"`right` = `{right}`", found, run, "another_result")
    return None


def differs(run: Run, params: Mapping[str, float]) -> Finding | None:
    """Say which parameters a child has, if they are not these."""
    expected = ", ".join(f"{name} = {value}" for name, value in params.items())
    found = ", ".join(f"{name} = {run.data.params[name]}" for name in SPACE)
    if found == expected:
        return None
    found = f"{code(found)} on {code(run.info.run_name)}"
    return Finding(f"a trial with {code(expected)}", found, run)


def not_begun(records: Sequence[Record]) -> bool:
    """Tell whether no call has logged, changed or raised anything, or opened the parent."""
    for record in records:
        run_id = record.call.args[0]
        ended = [runs[run_id].info.end_time for runs in (record.before, record.after)]
        if record.new or record.changes or record.outcome.error or record.strayed:
            return False
        if ended[0] != ended[1]:
            return False
    return True


exercise.world, exercise.calls, exercise.not_begun = world, calls, not_begun
check, hint, solution = exercise.check, exercise.hint, exercise.solution
