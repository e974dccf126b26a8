"""The exercise of lesson 08: of a family with duplicates and leftovers, the children that count."""

import math

from mlflow.entities import Run

from exercises.engine import Exercise, Finding, Record, code
from exercises.engine.shared import lists_run_ids

exercise = Exercise.load(__file__)


def family(record: Record) -> dict[str, Run]:
    """Return all children of the parent that the call is about, by run id, first one first."""
    return {run.info.run_id: run for run in record.before.children(record.call.args[0])}


def returned(record: Record) -> list[Run]:
    """Return the children that the call named."""
    known = family(record)
    return [known[run_id] for run_id in record.value]


def score(run: Run) -> float:
    """Return a child's score; NaN if it has none."""
    return run.data.metrics.get("score", math.nan)


def first_of_each_key(record: Record) -> dict[str, Run]:
    """Return the child that counts, by key."""
    first: dict[str, Run] = {}
    for run in family(record).values():
        if (
            run.info.status == "FINISHED"
            and abs(score(run)) < 1e308
            and "trial_key" in run.data.tags
        ):
            first.setdefault(run.data.tags["trial_key"], run)
    return first


@exercise.requirement
def a_list_of_children(record: Record) -> Finding | None:
    """Tell whether the call returned different run ids of the parent's children."""
    ids = "run ids of this parent's children"
    if finding := lists_run_ids(record, list(family(record)), ids):
        return finding
    twice = [one for one in record.value if record.value.count(one) > 1]
    return Finding("each run id once", f"{code(twice[0])} more than once") if twice else None


@exercise.requirement
def finished_children(record: Record) -> Finding | None:
    """Tell whether all that are named are FINISHED."""
    for run in returned(record):
        if run.info.status != "FINISHED":
            found = f"one is {run.info.status}"
            return Finding("FINISHED children alone", found, record.after[run.info.run_id])
    return None


@exercise.requirement
def finite_scores(record: Record) -> Finding | None:
    """Tell whether all that are named have a finite score."""
    for run in returned(record):
        if not abs(score(run)) < 1e308:
            found = f"one with {code(score(run))}" if run.data.metrics else "one without"
            return Finding("children with a finite `score`", found, record.after[run.info.run_id])
    return None


@exercise.requirement
def one_for_each_key(record: Record) -> Finding | None:
    """Tell whether each key that has a sound child is there once, and nothing else."""
    runs = returned(record)
    keys = [run.data.tags.get("trial_key") for run in runs]
    for key, run in zip(keys, runs, strict=True):
        if not key:
            return Finding(
                "children with a `trial_key`", "one without", record.after[run.info.run_id]
            )
        if keys.count(key) > 1:
            found = f"{keys.count(key)} with {code(key)}"
            return Finding("one child for each key", found, record.after[run.info.run_id])
    wanted = first_of_each_key(record)
    lost = [f"none for {code(repr(key))}" for key in wanted if key not in keys]
    return Finding(f"a child for each of {len(wanted)} keys", lost[0]) if lost else None


@exercise.requirement
def the_first_of_them(record: Record) -> Finding | None:
    """Tell whether the child of each key is the one that started first."""
    wanted = first_of_each_key(record).values()
    later = [record.after[run.info.run_id] for run in returned(record) if run not in wanted]
    return Finding("the first of its key", "one that started later", later[0]) if later else None


check, hint, solution = exercise.check, exercise.hint, exercise.solution
