"""The exercise of lesson 08: of a family with duplicates and leftovers, the children that count."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace

from mlflow.entities import Run

from helpers.exercises import any_call
from helpers.exercises.calling import Call
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Calls, Seen
from helpers.exercises.prepared import Child, family
from helpers.exercises.requirement import Finding, code, names, requirement

# The children of each family: key, status, score, and when it started. Some were logged later than
# others that started after them.
FAMILIES: tuple[tuple[tuple[str, str, float | str, int], ...], ...] = (
    (("x=0", "FINISHED", 0.4, 1), ("x=1", "FINISHED", 0.9, 2), ("x=2", "FINISHED", 0.1, 3)),
    (
        ("x=0", "FAILED", 0.9, 1),
        ("x=1", "FINISHED", 0.3, 5),
        ("x=0", "FINISHED", 0.4, 4),
        ("x=1", "FINISHED", 0.3, 2),
        ("x=2", "RUNNING", 0.8, 3),
        ("x=3", "KILLED", 0.7, 6),
        ("x=1", "RUNNING", 0.3, 7),
        ("x=0", "FINISHED", 0.8, 8),
        ("x=1", "FINISHED", 0.1, 9),
    ),
    (
        ("x=5", "FINISHED", "NaN", 1),
        ("x=5", "FINISHED", 0.2, 2),
        ("x=6", "FINISHED", "inf", 3),
        ("x=7", "FINISHED", "none", 4),
        ("", "FINISHED", 0.9, 5),
        ("x=7", "FINISHED", 0.0, 6),
        ("x=5", "FINISHED", 0.5, 7),
    ),
    (("x=0", "RUNNING", "none", 1), ("x=1", "FAILED", "none", 2)),
    (),
)


class Counted(Seen):
    """One call, with the family that it was about."""

    def __str__(self) -> str:
        for_them = f" for {len(self.family)} children" if self.seen.was_read else ""
        return f"{self.name}(parent_id){for_them}"

    @property
    def family(self) -> list[Run]:
        """The children, oldest first."""
        return self.under(self.seen.call.args[0])

    @property
    def before(self) -> list[str]:
        """The status of each child as it was prepared, oldest first."""
        prepared = FAMILIES[self.number // 2]  # each call comes after one that prepares
        return [status for _, status, _, _ in sorted(prepared, key=lambda child: child[3])]

    @property
    def chosen(self) -> list[Run]:
        """The children that the function names."""
        return [run for run in self.family if run.info.run_id in self.seen.outcome.value]

    @property
    def sound(self) -> dict[str, list[Run]]:
        """The finished children with a finite score, by key."""
        groups: dict[str, list[Run]] = {}
        for run in self.family:
            score, key = run.data.metrics.get("score", math.nan), run.data.tags.get("trial_key")
            if key and run.info.status == "FINISHED" and abs(score) < 1e308:
                groups.setdefault(key, []).append(run)
        return groups


@requirement("runs_to_its_end")
def changes_nothing(counted: Counted) -> Finding | None:
    """it only reads: the children are as they were, and there is no new run

    what deletes a run, ends one or starts one inside your function

    Others may read this family as well. What would they find after your function has run?

    Leave out of your list what does not count, and leave it on the server as it is.
    """
    if counted.seen.runs:
        return Finding("no new run", names(counted.seen.runs), counted.seen.runs[0])
    before, family = counted.before, counted.family
    if len(family) != len(before):
        return Finding(f"{len(before)} children, as before the call", f"{len(family)} after it")
    for status, run in zip(before, family, strict=True):
        if run.info.status != status:
            found = f"{code(run.info.run_name)} is {run.info.status}"
            return Finding(f"every status as before: here {status}", found, run)
    return None


@requirement("changes_nothing")
def a_list_of_children(counted: Counted) -> Finding | None:
    """it returns a list of run ids of this parent's children, none of them twice

    what is returned: run ids, as text, in a list

    A function that computes the right thing has to return it.

    `children(parent_id)["run_id"]` is a column of a table; `list(…)` makes a list of it.
    """
    ids, value = {run.info.run_id for run in counted.family}, counted.seen.outcome.value
    if not isinstance(value, list):
        return Finding("a list", f"a value of type {code(counted.seen.outcome.returned)}")
    strange = [one for one in value if not isinstance(one, str) or one not in ids]
    if strange:
        return Finding("run ids of the children", f"{code(strange[0])} among them")
    twice = next((one for one in value if value.count(one) > 1), None)
    return Finding("each run id once", f"{code(twice)} more than once") if twice else None


@requirement("a_list_of_children")
def sound_children_alone(counted: Counted) -> Finding | None:
    """each of them is FINISHED, with a finite `score` and a `trial_key`

    which rows of the table are kept

    What is FAILED, KILLED or RUNNING does not count. What else does not?

    A child can finish without a score, with NaN or with infinity. And one without a key belongs to
    no trial.

    MLflow stores infinity as the largest number there is, so `abs(score) < 1e308` tells; it is
    false for NaN as well.
    """
    sound = [run for group in counted.sound.values() for run in group]
    for run in counted.chosen:
        if run not in sound:
            has = {**run.data.metrics, "trial_key": run.data.tags.get("trial_key")}
            expected = "only children that are FINISHED, with a finite `score` and a `trial_key`"
            return Finding(expected, f"{run.info.status} with {code(has)}", run)
    return None


@requirement("sound_children_alone")
def one_for_each_key(counted: Counted) -> Finding | None:
    """each `trial_key` that has such a child is there once

    what makes two children the same trial, and whether any trial is lost

    Two children with one key are one trial that was run twice. How many of them count?

    `drop_duplicates("tags.trial_key")` keeps one row for each key. Do it after the rows that do
    not count are gone, or the one that is kept may be one of those.
    """
    keys = [run.data.tags["trial_key"] for run in counted.chosen]
    twice = [run for run in counted.chosen if keys.count(run.data.tags["trial_key"]) > 1]
    if twice:
        return Finding(
            "one child for each key", f"{len(twice)} of one key: {names(twice)}", twice[0]
        )
    lost = [key for key in counted.sound if key not in keys]
    return Finding("a child for every key", f"none for {code(lost[0])}") if lost else None


@requirement("one_for_each_key")
def the_first_of_them(counted: Counted) -> Finding | None:
    """of several it is the one that started first

    the order of the rows before one of each key is kept

    Which of two equal trials counts must not depend on who looks. So there is a rule.

    `sort_values("start_time")`, and then the first of each key.
    """
    for run in counted.chosen:
        first = counted.sound[run.data.tags["trial_key"]][0]
        if run is not first:
            return Finding("the first of its key", "one that started later", run)
    return None


def nothing_yet(counted: Sequence[Counted]) -> bool:
    """Nothing of the task is there yet.

    Change the function in the starter cell, run that cell, then run this one again. If you do not
    know how to begin, run the cell with `hint()`.

    The starter returns all children. Print `children(…)` of one of the parents above: which
    columns tell what counts?

    First keep the rows that are FINISHED and have a finite score. Then keep one row for each
    `tags.trial_key`.
    """
    everything = all(
        one.seen.outcome.value == [run.info.run_id for run in one.family]
        and not changes_nothing.unmet(one)
        for one in counted
    )
    return everything or any_call.untouched(counted)


def _child(key: str, status: str, score: float | str, started: int) -> Child:
    metrics = {} if score == "none" else {"score": score}
    name, tags = key.replace("x=", "trial_") or "no_key", {"trial_key": key} if key else {}
    return Child(name, {}, metrics, tags, 1000 * started, status)


def asks(calls: Calls) -> Generator[Call]:
    """Prepare a family for each call, then say with what to call the function."""
    for children in FAMILIES:
        described = [_child(*child) for child in children]
        yield family(calls.place.experiment_id, "parent_run_workers", described)
        yield Call((calls.made[-1].outcome.value,))


REQUIREMENTS = (
    any_call.accepts_arguments,
    # No requirement here says where it is to log, so an error is told in any case.
    replace(any_call.runs_to_its_end, unmet=any_call.raised),
    changes_nothing,
    a_list_of_children,
    sound_children_alone,
    one_for_each_key,
    the_first_of_them,
)
EXERCISE = Exercise(
    "children_that_count", "08_many_workers.ipynb", REQUIREMENTS, nothing_yet, asks, Counted
)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
