"""Judge one submitted notebook: run its cells in a sandbox, call its function, read what it logged.

`grading` starts a process for each, which ends with the judgement. In it, the student's kernel is
a process in a sandbox, watched by a thread; what the kernel answers and logs is read as data.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pkgutil
import re
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

import exercises
from classroom import cells, store
from classroom.cells import Cell
from classroom.job import Job, Judgement, out_of_time, plain
from classroom.kernel import Broken, Kernel, OutOfTime, Reply
from classroom.lessons import functions
from classroom.sandbox import MIB, Limits, Place, free_user
from exercises.engine import Exercise
from exercises.engine.calling import Call, Outcome
from exercises.engine.report import Report

T = TypeVar("T")

# Those of all modules of `exercises`.
EXERCISES: tuple[Exercise, ...] = tuple(
    module.exercise
    for found in pkgutil.iter_modules(exercises.__path__, "exercises.")
    if isinstance(getattr(module := import_module(found.name), "exercise", None), Exercise)
)
# Of the process that reads what a student's left, and adds runs to it.
_OWN_MEMORY, _OWN_FILE = 4096 * MIB, 256 * MIB


def judge_here(job: Job, answer: Connection) -> None:
    """Judge a notebook in this process, and send the judgement as a line of JSON.

    Args:
        job: the notebook.
        answer: where it goes.
    """
    import resource  # Windows has none, and imports this file all the same

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grading, which ends this
    resource.setrlimit(resource.RLIMIT_AS, (_OWN_MEMORY, _OWN_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OWN_FILE, _OWN_FILE))
    answer.send_bytes(json.dumps(asdict(judge(job))).encode())


def judge(job: Job) -> Judgement:
    """Judge a notebook.

    Args:
        job: the notebook.
    """
    deadline, lesson = time.monotonic() + job.limits.seconds, job.lesson
    try:
        handed_in = cells.read(job.notebook)
        judgement = _judged(job, _exercises_of(lesson), handed_in, deadline)
    except Broken as error:
        judgement = Judgement("broken", str(error))
    except OutOfTime:
        judgement = out_of_time(job)
    return replace(judgement, lesson=lesson)


def _judged(
    job: Job, asked: Sequence[Exercise], handed_in: Sequence[Mapping[str, Any]], deadline: float
) -> Judgement:
    found = cells.code_cells(handed_in, asked[0].notebook, [one.name for one in asked])
    needed = [cell for cell in found if cell.needed]
    if needed != found:
        with suppress(_Incomplete):
            return _attempt(job, asked, needed, deadline, "first")
    return _attempt(job, asked, found, deadline, "whole")


def _exercises_of(lesson: str) -> list[Exercise]:
    """Return a lesson's exercises, in its order.

    Raises:
        Broken: it is of no lesson.
    """
    found = [exercise for exercise in EXERCISES if exercise.notebook == lesson]
    if not found:
        raise Broken("no cell of it is from a lesson, and none defines the function of an exercise")
    order = [*functions()]
    return sorted(found, key=lambda exercise: order.index(exercise.name))


class _Incomplete(Exception):
    """A cell or a call raised NameError: it may need a cell that has been spared."""


def _attempt(
    job: Job, asked: Sequence[Exercise], run: Sequence[Cell], deadline: float, folder: str
) -> Judgement:
    place, complete = Place(job.folder / folder, free_user(), job.limits), folder == "whole"
    _begin(place, job)
    uri = store.uri(job.sandbox.home(place.folder))
    with Kernel(job.sandbox, place, uri, deadline) as kernel, _Watch(kernel):
        error = _run_cells(kernel, [one.name for one in asked], run, complete=complete)
        reports = {}
        for exercise in asked:
            student = Student(kernel, exercise.name, uri, complete=complete)
            if not student.is_defined():
                raise Broken(
                    f"a cell raised {error}" if error else f"no code cell defines `{exercise.name}`"
                )
            logged = store.begin(job, place, uri, exercise)
            reports[exercise.name] = _examined(exercise, student, logged)
    return _judgement(reports, error)


def _examined(exercise: Exercise, student: Student, logged: store.Store) -> Report:
    try:
        return exercise.examine(student, logged)
    except (Broken, OutOfTime, _Incomplete):
        raise
    except Exception as error:  # what it answers or logs is forged, and no check can be made of it
        raise Broken(
            f"what it returned or logged makes no sense ({type(error).__name__})"
        ) from error


def _begin(place: Place, job: Job) -> None:
    place.folder.mkdir(mode=0o700)
    if place.user:
        os.chown(place.folder, place.user, place.user)
    store.give(job.template / store.FILE, place, job.private)


def _run_cells(
    kernel: Kernel, functions: Sequence[str], run: Sequence[Cell], *, complete: bool
) -> str:
    """Run the cells; return the first error of one, in a sentence."""
    first = ""
    definitions: dict[str, str] = {}
    for cell in run:
        reply = kernel.run(cell.source)
        if reply.error == "NameError" and not complete:
            raise _Incomplete
        error = _sentence(reply, cell) if reply.error else ""
        first = first or error
        definitions |= {name: error for name in functions if cells.binds(cell.source, name)}
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
    said = plain(f"{reply.error}: {reply.said}")
    text, line = re.findall(r"^(.*?)(?: \([^()]*(line \d+)\))?$", said)[0]
    return f"{text}, {line} of In [{cell.number}]" if line else f"{text} in In [{cell.number}]"


def _judgement(reports: Mapping[str, Report], error: str) -> Judgement:
    """Return one judgement on all exercises of a lesson.

    A requirement counts as met if it is met in each exercise that has it.
    """
    states = [report.state for report in reports.values()]
    unmet = {r.key for report in reports.values() for r in report.results if not r.met}
    met = {
        r.key for report in reports.values() if report.state != "unsolved" for r in report.results
    }
    texts = {name: _for_the_student(report) for name, report in reports.items()}
    if len(texts) > 1:
        texts = {name: f"**`{name}`**\n\n{text}" for name, text in texts.items()}
    first = next((item for item in reports.items() if not item[1].passed), None)
    if first is None:
        return Judgement("passed", "", error, "\n\n".join(texts.values()), sorted(met))
    name, report = first
    said = report.requirement if len(reports) == 1 else f"`{name}`: {report.requirement}"
    verdict = "wrong" if "wrong" in states else "unsolved"
    return Judgement(verdict, said, error, "\n\n".join(texts.values()), sorted(met - unmet))


def _for_the_student(report: Report) -> str:
    """Return the report in Markdown, without hints, and links to runs that nobody keeps."""
    results = [
        replace(result, finding=result.finding and replace(result.finding, run=None))
        for result in report.results
    ]
    said = str(replace(report, results=tuple(results))._repr_markdown_())
    return re.sub(r" *`hint\(\)` has a hint[^.]*\.", "", said)


class Student:
    """A student's function in its kernel, as the check calls it; its answers are data."""

    def __init__(self, kernel: Kernel, name: str, uri: str, *, complete: bool) -> None:
        self.kernel, self.name, self.uri = kernel, name, uri
        self.complete = complete  # no cell was spared

    def is_defined(self) -> bool:
        """Tell whether a cell has defined it."""
        return not self.kernel.run(self.name).error

    def call(self, call: Call) -> Outcome:
        """Call it while the check's experiment is active."""
        experiment_id, *_ = store.EXPERIMENTS
        source = _CALL.format(
            name=self.name, uri=self.uri, call=repr(call), experiment_id=experiment_id
        )
        reply = self.kernel.run(source, {"said": "_said"})
        if reply.error:
            said = plain(f"{reply.error}: {reply.said}", 1000)
            return Outcome(said, tracking_uri=self.uri, experiment_id=experiment_id)
        outcome = self._read(Outcome, reply)
        if outcome.error.startswith("NameError") and not self.complete:
            raise _Incomplete
        return outcome

    def look(self, what: str, *args: object) -> Any:
        """Call one of the course's own functions where the student's function runs.

        Args:
            what: "module:function"; it returns plain data.
            *args: what it is called with.
        """
        reply = self.kernel.run(_LOOK.format(uri=self.uri, what=what, args=args), {"said": "_said"})
        if reply.error:
            raise Broken(f"its kernel cannot be asked what it logged ({plain(reply.error)})")
        return self._read(object, reply)

    def _read(self, kind: type[T], reply: Reply) -> T:
        said = (reply.values or {}).get("said", "")
        try:
            return TypeAdapter(kind).validate_json(said, strict=True)
        except ValueError as error:
            raise Broken("its kernel sent other data than the check's own") from error


# What runs in the kernel for each call, and for what the check looks at after it.
_CALL = """
import dataclasses as _dataclasses, json as _json, os as _os, mlflow as _mlflow
from exercises.engine import calling as _calling
_calling.end_runs()
_os.environ.pop("MLFLOW_RUN_ID", None)
_mlflow.set_tracking_uri({uri!r})
_call = eval({call!r}, vars(_calling))
_said = _json.dumps(_dataclasses.asdict(_calling.perform({name}, _call, {experiment_id!r})))
"""
_LOOK = """
import json as _json, mlflow as _mlflow
from exercises.engine import calling as _calling
_mlflow.set_tracking_uri({uri!r})
_said = _json.dumps(_calling.look({what!r}, *{args!r}))
"""


class _Watch:
    """Looks every fifth of a second whether a kernel keeps within its bounds; ends it if not."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.limits = kernel, kernel.place.limits
        self.grading = multiprocessing.parent_process()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.wait(0.2):
            if self.grading and not self.grading.is_alive():  # killed: nobody waits for this
                self.kernel.process.kill()
                self.kernel.sandbox.end(self.kernel.place.folder)
                os._exit(1)
            if self.kernel.sandbox.memory(self.kernel.process) > self.limits.memory:
                self._end(f"needed more than {self.limits.memory // MIB} MB of memory")
            if _too_full(self.kernel.place.folder, self.limits):
                most = f"{self.limits.folder // MIB} MB of files, or {self.limits.files} files"
                self._end(f"left more than {most}")

    def _end(self, why: str) -> None:
        self.kernel.trespass = why
        self.kernel.process.kill()
        self.over.set()


def _too_full(folder: Path, limits: Limits) -> bool:
    size = number = 0
    for path, folders, files in os.walk(folder):
        number += len(folders) + len(files)
        for name in files:
            try:
                size += Path(path, name).lstat().st_blocks * 512
            except OSError:
                continue
        if size > limits.folder or number > limits.files:
            return True
    return False
