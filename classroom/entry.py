"""Where the processes begin that load MLflow; the grading, which imports this, never does."""

from __future__ import annotations

import json
from multiprocessing.connection import Connection

from classroom.job import Job

REQUIREMENTS = "requirements.json"  # in the template: the keys of each exercise's


def prepare(job: Job) -> None:
    """Make the store that every submission gets a copy of, in a process that has MLflow loaded.

    Writes down, too, which requirements the exercises have.

    Args:
        job: without a notebook.
    """
    from classroom import ready, store, submission

    keys: dict[str, list[str]] = {}
    for exercise in submission.EXERCISES:
        keys.setdefault(exercise.notebook, []).extend(exercise.all_tests())
    (job.template / REQUIREMENTS).write_text(json.dumps(keys), encoding="utf-8")
    (job.template / store.FILE).write_bytes(ready.EMPTY_STORE)
    store.make(job.template, job.sandbox.home(job.folder))


def judge(job: Job, answer: Connection) -> None:
    """Judge a notebook, in a process that has MLflow loaded.

    Args:
        job: the notebook.
        answer: where the judgement goes, as a line of JSON.
    """
    from classroom import submission

    submission.judge_here(job, answer)
