"""The exercise of lesson 08: of a family with duplicates and leftovers, the children that count."""

from __future__ import annotations

import math

from exercises.engine import Exercise, Finding, Record, code
from exercises.engine.world import Logged

exercise = Exercise.load(__file__)


def trials(record: Record) -> dict[str, Logged]:
    """Return all children of the parent that the call is about, by run id, first one first."""
    return {run.run_id: run for run in record.world.children(record.call.args[0])}


def first_of_each_key(record: Record) -> dict[str, str]:
    """Return the run id of the child that counts, by key."""
    first: dict[str, str] = {}
    for run_id, run in trials(record).items():
        if run.status == "FINISHED" and has_finite_score(run) and "trial_key" in run.tags:
            first.setdefault(run.tags["trial_key"], run_id)
    return first


def has_finite_score(run: Logged) -> bool:
    """Tell whether a child has a finite score."""
    return math.isfinite(run.metrics.get("score", math.nan))


@exercise.requirement
def a_list_of_children(record: Record) -> Finding | None:
    """Tell whether the call returned different run ids of the parent's children."""
    value, known = record.value, trials(record)
    if record.outcome.returned != "list" or not isinstance(value, list):
        return Finding("a list", f"a value of type {code(record.outcome.returned)}")
    strange = [one for one in value if not isinstance(one, str) or one not in known]
    if strange:
        return Finding("run ids of this parent's children", f"{code(strange[0])} among them")
    twice = next((one for one in value if value.count(one) > 1), None)
    return Finding("each run id once", f"{code(twice)} more than once") if twice else None


@exercise.requirement
def finished_children(record: Record) -> Finding | None:
    """Tell whether all that are named are FINISHED."""
    known = trials(record)
    for run_id in record.value:
        status = known[run_id].status
        if status != "FINISHED":
            return Finding("FINISHED children alone", f"one is {status}", record.after[run_id])
    return None


@exercise.requirement
def finite_scores(record: Record) -> Finding | None:
    """Tell whether all that are named have a finite score."""
    known = trials(record)
    for run_id in record.value:
        run = known[run_id]
        if not has_finite_score(run):
            found = f"one with {code(run.metrics['score'])}" if run.metrics else "one without"
            return Finding("children with a finite `score`", found, record.after[run_id])
    return None


@exercise.requirement
def one_for_each_key(record: Record) -> Finding | None:
    """Tell whether each key that has a sound child is there once, and nothing else."""
    known = trials(record)
    keys = [known[run_id].tags.get("trial_key", "") for run_id in record.value]
    for key, run_id in zip(keys, record.value, strict=True):
        if not key:
            return Finding("children with a `trial_key`", "one without", record.after[run_id])
        if keys.count(key) > 1:
            found = f"{keys.count(key)} with {code(key)}"
            return Finding("one child for each key", found, record.after[run_id])
    wanted = first_of_each_key(record)
    lost = [key for key in wanted if key not in keys]
    expected = f"a child for each of {len(wanted)} keys"
    return Finding(expected, f"none for {code(repr(lost[0]))}") if lost else None


@exercise.requirement
def the_first_of_them(record: Record) -> Finding | None:
    """Tell whether the child of each key is the one that started first."""
    wanted = first_of_each_key(record).values()
    later = [record.after[run_id] for run_id in record.value if run_id not in wanted]
    return Finding("the first of its key", "one that started later", later[0]) if later else None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
