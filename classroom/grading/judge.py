"""Judge one notebook: run its cells in a sandbox, call its function, read what it logged.

The student's kernel is a process in the sandbox. What it answers and logs is read only as data.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from classroom.grading import Grade, Job, cells, plain, store
from classroom.grading.cells import Cell
from classroom.grading.lessons import defines, optional_exercises
from classroom.grading.student import Incomplete, Student
from classroom.sandbox import Workspace, workspace
from classroom.sandbox.guard import guarded
from classroom.sandbox.kernel import Broken, Kernel, Reply
from exercises.catalogue import EXERCISES
from exercises.engine import Exercise
from exercises.engine.report import Report


def judge(job: Job) -> Grade:
    """Judge a notebook; return the verdict and its reasons.

    Args:
        job: the notebook.
    """
    deadline = time.monotonic() + job.limits.seconds
    try:
        sources = cells.read(job.notebook)
        asked = [exercise for exercise in EXERCISES.values() if exercise.notebook == job.lesson]
        asked.sort(key=_is_optional)  # required ones first, so optional ones cannot disturb them
        whole = [Cell(number, source) for number, source in enumerate(sources, start=1)]
        needed = cells.needed(sources, job.lesson, [exercise.name for exercise in asked])
        if needed != whole:
            with suppress(Incomplete):
                return _attempt(job, asked, needed, deadline, "first")
        return _attempt(job, asked, whole, deadline, "whole")
    except Broken as error:
        return Grade(first_unmet_requirement=str(error), report=_last_words(error.stderr))


def _last_words(stderr: str) -> str:
    """Return what a kernel wrote before it died, as an indented block in Markdown.

    >>> print(_last_words("Segmentation fault"))
    **What its kernel wrote before it died:**
    <BLANKLINE>
        Segmentation fault
    """
    lines = [f"    {line}" for line in stderr.splitlines()]
    return "\n".join(["**What its kernel wrote before it died:**", "", *lines]) if lines else ""


def _attempt(
    job: Job, asked: Sequence[Exercise], run: Sequence[Cell], deadline: float, folder: str
) -> Grade:
    complete, space = folder == "whole", workspace(job.folder / folder, job.sandbox, job.limits)
    store.give(job.template / store.FILE, space)
    required = [exercise.name for exercise in asked if not _is_optional(exercise)]
    reports: dict[str, Report] = {}
    notes: dict[str, str] = {}
    with Kernel(job.sandbox, space, store.uri(space.home), deadline) as kernel, guarded(kernel):
        error = _run_cells(kernel, required, run, complete=complete)
        for exercise in asked:
            student = Student(kernel, exercise.name, complete=complete)
            try:
                reports[exercise.name] = _examine(job, space, exercise, student, error)
            except Incomplete:
                raise
            except Broken as problem:
                if not _is_optional(exercise):
                    raise
                notes[exercise.name] = f"Could not be checked: {problem}."
    return _grade(reports, notes, error)


def _is_optional(exercise: Exercise) -> bool:
    return exercise.name in optional_exercises()


def _examine(
    job: Job, space: Workspace, exercise: Exercise, student: Student, error: str
) -> Report:
    """Return the check's report on an exercise.

    Raises:
        Broken: the exercise's function is not defined, or cannot be checked.
    """
    if not student.is_defined():
        raise Broken(
            f"a cell raised {error}" if error else f"no code cell defines `{student.name}`"
        )
    logged = store.begin(job, space, exercise)
    try:
        return exercise.examine(student.call, logged)
    except Broken:
        raise
    except Exception as forged:  # what it answers or logs makes no sense
        kind = type(forged).__name__
        raise Broken(f"the check cannot read what it returned or logged ({kind})") from forged


def _run_cells(
    kernel: Kernel, functions: Sequence[str], run: Sequence[Cell], *, complete: bool
) -> str:
    """Run the cells; return a description of the first error, or ""."""
    first = ""
    definitions: dict[str, str] = {}
    for cell in run:
        reply = kernel.run(cell.source)
        if reply.error == "NameError" and not complete:
            raise Incomplete
        error = _sentence(reply, cell) if reply.error else ""
        first = first or error
        definitions |= {name: error for name in functions if defines(cell.source, name)}
    for name, error in definitions.items():
        if error:
            raise Broken(f"the cell that defines `{name}` raised {error}")
    return first


def _sentence(reply: Reply, cell: Cell) -> str:
    """Return the error that a cell raised, and where.

    >>> _sentence(Reply("SyntaxError", "invalid syntax (1234567.py, line 3)"), Cell(4, ""))
    'SyntaxError: invalid syntax, line 3 of In [4]'
    >>> _sentence(Reply("KeyError"), Cell(4, ""))
    'KeyError in In [4]'
    """
    raised = plain(": ".join(filter(None, [reply.error, reply.message])))
    text, line = re.findall(r"^(.*?)(?: \([^()]*(line \d+)\))?$", raised)[0]
    return f"{text}, {line} of In [{cell.number}]" if line else f"{text} in In [{cell.number}]"


def _grade(reports: Mapping[str, Report], notes: Mapping[str, str], error: str) -> Grade:
    """Return one grade for all exercises of a lesson.

    Only required exercises count. A requirement is met if every required exercise that has it meets
    it. If only optional exercises have it, these must all meet it.

    Args:
        reports: the checks' reports, by the function's name.
        notes: why a function could not be checked, by its name.
        error: the first error of a cell.
    """
    optional = optional_exercises()
    required = {name: report for name, report in reports.items() if name not in optional}
    others = [report for name, report in reports.items() if name in optional]
    states = {report.state for report in required.values()}
    keys = {result.key for report in required.values() for result in report.results}
    met = _met(required.values()) | (_met(others) - keys)
    return Grade(
        verdict=next((state for state in ("wrong", "unsolved") if state in states), "passed"),
        first_unmet_requirement=_first_unmet(required),
        error=error,
        report="\n\n".join(_sections(reports, notes)),
        met=sorted(met),
    )


def _met(reports: Collection[Report]) -> set[str]:
    """Return the keys of the requirements that are met in every report that has them."""
    results = [
        (result.key, result.met is True and report.state != "unsolved")
        for report in reports
        for result in report.results
    ]
    return {key for key, _ in results} - {key for key, is_met in results if not is_met}


def _first_unmet(required: Mapping[str, Report]) -> str:
    """Return the title of the first requirement that is not met, with the name of its exercise."""
    for name, report in required.items():
        if not report.passed:
            title = report.first_unmet.title if report.first_unmet else ""
            if len(required) == 1:
                return title
            return f"`{name}`: {title or 'no part of the task is done yet'}"
    return ""


def _sections(reports: Mapping[str, Report], notes: Mapping[str, str]) -> Iterator[str]:
    """Generate what the student's page says about each exercise, in Markdown."""
    texts = {name: _for_the_student(report) for name, report in reports.items()} | dict(notes)
    for name, text in texts.items():
        heading = f"**`{name}`**" + (", which is optional" if name in optional_exercises() else "")
        yield text if len(texts) == 1 else f"{heading}\n\n{text}"


def _for_the_student(report: Report) -> str:
    """Return the report in Markdown, without hints and without links to runs, which are gone."""
    results = [
        replace(result, finding=result.finding and replace(result.finding, run=None))
        for result in report.results
    ]
    text = str(replace(report, results=tuple(results))._repr_markdown_())
    return re.sub(r" *`hint\(\)` has a hint[^.]*\.", "", text)
