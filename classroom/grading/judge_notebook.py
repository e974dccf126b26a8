"""Judge one notebook: run its cells in a sandbox, call its function, read what it logged.

The student's kernel is a process in the sandbox. What it answers and logs is read only as data.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from classroom.grading import Grade, Job
from classroom.grading.combine_reports import Checked, reach_verdict
from classroom.grading.select_cells import Cell, plan_attempts
from classroom.grading.student_kernel import Incomplete, StudentKernel
from classroom.grading.submission_store import Store
from classroom.sandbox import workspace
from classroom.sandbox.kernel_client import Broken, Kernel
from exercises.catalogue import EXERCISES
from exercises.engine import Exercise
from exercises.solved_notebooks import optional_exercises


def judge_notebook(job: Job) -> Grade:
    """Judge a notebook; return the verdict and its reasons.

    Args:
        job: the notebook.
    """
    os.environ["CASE_SEED"] = job.case_seed
    deadline = time.monotonic() + job.limits.seconds
    exercises = [exercise for exercise in EXERCISES.values() if exercise.notebook == job.lesson]
    exercises.sort(key=_is_optional)  # required ones first, so optional ones cannot disturb them
    try:
        *selections, whole = plan_attempts(
            job.notebook, job.lesson, [exercise.name for exercise in exercises]
        )
        for selection in selections:
            with suppress(Incomplete):
                return _attempt(job, exercises, selection, deadline, complete=False)
        return _attempt(job, exercises, whole, deadline, complete=True)
    except Broken as error:
        return Grade(first_unmet_requirement=str(error), report=_last_words(error.stderr))


def _is_optional(exercise: Exercise) -> bool:
    return exercise.name in optional_exercises()


def _attempt(
    job: Job, exercises: Sequence[Exercise], cells: Sequence[Cell], deadline: float, complete: bool
) -> Grade:
    """Run some cells or all of them, then check each exercise.

    Raises:
        Broken: a required exercise cannot be checked; Incomplete, if all cells may help.
    """
    space = workspace(job.folder / ("all" if complete else "some"), job.sandbox, job.limits)
    store = Store(workspace=space, template=job.template)
    with Kernel(job.sandbox, space, store.uri, deadline) as kernel:
        student = StudentKernel(kernel, complete)
        student.run(cells, [exercise.name for exercise in exercises if not _is_optional(exercise)])
        checked = [_check(exercise, student, store) for exercise in exercises]
    return reach_verdict(checked, student.error)


def _check(exercise: Exercise, student: StudentKernel, store: Store) -> Checked:
    """Check an exercise as in a notebook.

    Raises:
        Broken: the exercise is required, and its function is not defined or cannot be checked.
    """
    optional = _is_optional(exercise)
    try:
        student.must_define(exercise.name)
        store.fill(exercise)
        report = exercise.examine(partial(student.call, exercise.name), store)
        return Checked(exercise.name, optional, report)
    except Incomplete:
        raise
    except Broken as error:
        problem = error
    except Exception as error:  # what it answers or logs makes no sense
        kind = type(error).__name__
        problem = Broken(f"the check cannot read what it returned or logged ({kind})")
    if not optional:
        raise problem
    return Checked(exercise.name, optional, problem=f"Could not be checked: {problem}.")


def _last_words(stderr: str) -> str:
    """Return what a kernel wrote before it died, as an indented block in Markdown.

    >>> print(_last_words("Segmentation fault"))
    **What its kernel wrote before it died:**
    <BLANKLINE>
        Segmentation fault
    """
    lines = [f"    {line}" for line in stderr.splitlines()]
    return "\n".join(["**What its kernel wrote before it died:**", "", *lines]) if lines else ""
