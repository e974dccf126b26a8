"""Preload MLflow in the fork server, and begin each process that it forks.

Importing this file imports what judges a notebook, and has nbformat and MLflow prepare in memory
what they prepare at first use. So only the fork server imports it; see `grader`.
"""

from __future__ import annotations

import gc
import json
import resource
import signal
import tempfile
import warnings
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat
from mlflow import MlflowClient

from classroom.grading import Job, judge, store
from classroom.sandbox import MIB
from classroom.sandbox.inside import use_stores

# Of a process that reads what a student's left, and adds runs to it.
_OWN_MEMORY, _OWN_FILE = 4096 * MIB, 256 * MIB


use_stores()
gc.disable()  # imports create no garbage: collecting meanwhile only costs time
nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]
with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the way in which MLflow asks SQLAlchemy
    MlflowClient(store.uri(folder)).search_runs(["0"])
    EMPTY_STORE = Path(folder, store.FILE).read_bytes()
gc.enable()
gc.freeze()


def prepare(template: Path, home: str, answer: Connection) -> None:
    """Make the store that every notebook gets a copy of, and say so.

    Args:
        template: the folder for the store.
        home: the path under which a kernel will see the folder of its copy.
        answer: the pipe to the process that grades the class.
    """
    (template / store.FILE).write_bytes(EMPTY_STORE)
    store.make(template, home)
    answer.send_bytes(b"true")


def run(job: Job, answer: Connection) -> None:
    """Judge a notebook, and send the grade as a line of JSON.

    Args:
        job: the notebook.
        answer: the pipe to the process that grades the class.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grading, which ends this
    resource.setrlimit(resource.RLIMIT_AS, (_OWN_MEMORY, _OWN_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OWN_FILE, _OWN_FILE))
    answer.send_bytes(json.dumps(asdict(judge.judge(job))).encode())
