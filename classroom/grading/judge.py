"""Judge one submitted notebook: run its cells in a sandbox, call its function, read what it logged.

The student's kernel is a process in the sandbox; what it answers and logs is read as data.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from classroom.grading import Job, Judgement, cells, plain, store
from classroom.grading.cells import Cell
from classroom.grading.lessons import defines
from classroom.grading.student import Incomplete, Student
from classroom.sandbox import workspace
from classroom.sandbox.guard import guarded
from classroom.sandbox.kernel import Broken, Kernel, Reply
from exercises.catalogue import EXERCISES
from exercises.engine import Exercise
from exercises.engine.report import Report


def judge(job: Job) -> Judgement:
    """Judge a notebook.

    Args:
        job: the notebook.
    """
    deadline = time.monotonic() + job.limits.seconds
    try:
        sources = cells.read(job.notebook)
        asked = [one for one in EXERCISES.values() if one.notebook == job.lesson]
        whole = [Cell(number, source) for number, source in enumerate(sources, start=1)]
        needed = cells.needed(sources, job.lesson, [one.name for one in asked])
        if needed != whole:
            with suppress(Incomplete):
                return _attempt(job, asked, needed, deadline, "first")
        return _attempt(job, asked, whole, deadline, "whole")
    except Broken as error:
        return Judgement("broken", str(error))


def _attempt(
    job: Job, asked: Sequence[Exercise], run: Sequence[Cell], deadline: float, folder: str
) -> Judgement:
    complete, space = folder == "whole", workspace(job.folder / folder, job.sandbox, job.limits)
    store.give(job.template / store.FILE, space)
    with Kernel(job.sandbox, space, store.uri(space.home), deadline) as kernel, guarded(kernel):
        error = _run_cells(kernel, [one.name for one in asked], run, complete=complete)
        reports = {}
        for exercise in asked:
            student = Student(kernel, exercise.name, complete=complete)
            if not student.is_defined():
                raise Broken(
                    f"a cell raised {error}" if error else f"no code cell defines `{exercise.name}`"
                )
            logged = store.begin(job, space, exercise)
            try:
                reports[exercise.name] = exercise.examine(student.call, logged)
            except Broken:
                raise
            except Exception as forged:  # no check can be made of what it answers or logs
                kind = type(forged).__name__
                raise Broken(
                    f"the check cannot read what it returned or logged ({kind})"
                ) from forged
    return _judgement(reports, error)


def _run_cells(
    kernel: Kernel, functions: Sequence[str], run: Sequence[Cell], *, complete: bool
) -> str:
    """Run the cells; return the first error of one, in a sentence."""
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
    """Say what a cell raised, and where.

    >>> said = "invalid syntax (1234567.py, line 3)"
    >>> _sentence(Reply("SyntaxError", said), Cell(4, ""))
    'SyntaxError: invalid syntax, line 3 of In [4]'
    """
    said = plain(f"{reply.error}: {reply.message}")
    text, line = re.findall(r"^(.*?)(?: \([^()]*(line \d+)\))?$", said)[0]
    return f"{text}, {line} of In [{cell.number}]" if line else f"{text} in In [{cell.number}]"


def _judgement(reports: Mapping[str, Report], error: str) -> Judgement:
    """Return one judgement on all exercises of a lesson.

    A requirement counts as met if it is met in each exercise that has it.
    """
    alone = len(reports) == 1
    states = {report.state for report in reports.values()}
    unmet = {r.key for report in reports.values() for r in report.results if not r.met}
    begun = [report for report in reports.values() if report.state != "unsolved"]
    met = {r.key for report in begun for r in report.results} - unmet
    titles, texts = [], []
    for name, report in reports.items():
        text = _for_the_student(report)
        texts.append(text if alone else f"**`{name}`**\n\n{text}")
        if not report.passed:
            title = report.first_unmet.title if report.first_unmet else ""
            titles.append(title if alone else f"`{name}`: {title}")
    verdict = "wrong" if "wrong" in states else "unsolved" if "unsolved" in states else "passed"
    return Judgement(verdict, "".join(titles[:1]), error, "\n\n".join(texts), sorted(met))


def _for_the_student(report: Report) -> str:
    """Return the report in Markdown, without hints, and links to runs that nobody keeps."""
    results = [
        replace(result, finding=result.finding and replace(result.finding, run=None))
        for result in report.results
    ]
    said = str(replace(report, results=tuple(results))._repr_markdown_())
    return re.sub(r" *`hint\(\)` has a hint[^.]*\.", "", said)
