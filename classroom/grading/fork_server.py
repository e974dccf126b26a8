"""Preload MLflow in the fork server; start the work of each process that it forks.

Importing this file imports everything that judging a notebook needs, and makes nbformat and MLflow
prepare what they otherwise prepare at first use. Only the fork server imports it
(see `process_pool`).
"""

from __future__ import annotations

import gc
import resource
import signal
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
from mlflow import MlflowClient

from classroom.grading import Job, submission_store
from classroom.grading.judge_notebook import judge_notebook
from classroom.sandbox import MIB
from classroom.sandbox.inside import use_stores

# Limits for this process, which reads a student's store and adds runs to it.
_OWN_MEMORY, _OWN_FILE = 4096 * MIB, 256 * MIB


use_stores()
gc.disable()  # imports create no garbage: collecting meanwhile only costs time
nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]
with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about how MLflow uses SQLAlchemy
    MlflowClient(submission_store.uri_of(folder)).search_runs(["0"])
    EMPTY_STORE = Path(folder, submission_store.FILE).read_bytes()
gc.enable()
gc.freeze()


def prepare(template: Path, home: str) -> None:
    """Create the store that every notebook gets a copy of.

    Args:
        template: the folder for the store.
        home: the path at which a kernel will see the folder of its copy.
    """
    (template / submission_store.FILE).write_bytes(EMPTY_STORE)
    submission_store.create_experiments(template, home)


def judge_job(job: Job) -> dict[str, Any]:
    """Judge a notebook; return the fields of its grade.

    Args:
        job: the notebook.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grading handles Ctrl-C, and ends this
    resource.setrlimit(resource.RLIMIT_AS, (_OWN_MEMORY, _OWN_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_OWN_FILE, _OWN_FILE))
    return asdict(judge_notebook(job))
