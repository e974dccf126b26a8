"""The store that a student's kernel logs to: made once, given to each, read from a copy of it.

It is a SQLite file in the submission's folder, so no server and no network is needed. The cells
log to one, the check's calls to another, as it would be on a server after all cells had run. What
is in there is the student's to write; whatever is odd about it makes the submission broken, not
the grading.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from classroom.kernel import Broken
from classroom.sandbox import MIB, Place
from helpers.exercises.requirement import code

CELLS, CHECK = "cells.db", "check.db"
EXPERIMENT_ID = "1"  # the first after MLflow's own, which is 0
_LARGEST = 64 * MIB  # a right answer's is 1 MB


def uri(folder: Path | str, name: str = CHECK) -> str:
    """Return MLflow's tracking URI of a store in a folder.

    >>> uri("/submission")
    'sqlite:////submission/check.db'
    """
    return f"sqlite:///{folder}/{name}"


def make(folder: Path, home: str) -> None:
    """Make an experiment in a store, and the store if there is none yet; that takes a second.

    Args:
        folder: where it is.
        home: the path under which a kernel will see it; artifacts go there.
    """
    client = MlflowClient(uri(folder))
    made = client.create_experiment("Check", artifact_location=f"{home}/artifacts")
    if made != EXPERIMENT_ID:
        raise RuntimeError(f"MLflow's first experiment has the id {made}, not {EXPERIMENT_ID}.")


def give(template: Path, place: Place) -> None:
    """Copy the store into a submission's folder, once for its cells, once for the check.

    Args:
        template: the folder in which it was made.
        place: the submission's.
    """
    for name in (CELLS, CHECK):
        given = shutil.copy(template / CHECK, place.folder / name)
        if place.user:
            os.chown(given, place.user, place.user)


@dataclass
class Store:
    """A submission's store, seen from outside; the check reads it as its scratch experiment."""

    folder: Path  # the submission's
    private: Path  # one that it cannot see
    uri: str  # as the kernel knows it
    experiment_id: str = EXPERIMENT_ID

    def runs(self) -> list[Run]:
        """Return all runs, deleted ones as well, oldest first, as they are now.

        Raises:
            Broken: the file is not a store, or no longer.
        """
        try:
            for ending in ("", "-journal", "-wal", "-shm"):
                _copy(self.folder / (CHECK + ending), self.private / (CHECK + ending))
            found = self._client.search_runs(
                [self.experiment_id], "", ViewType.ALL, order_by=["start_time"], max_results=5000
            )
            return list(found)
        except Exception as error:  # sqlite3's, SQLAlchemy's, alembic's, MLflow's, Python's
            said = f"what it logged can be read ({type(error).__name__})"
            raise Broken(said) from error

    @cached_property
    def _client(self) -> MlflowClient:
        # It opens the file anew for each question (NullPool, see grading): one serves all copies.
        return MlflowClient(uri(self.private))

    def name_of(self, experiment_id: str) -> str:
        """Say in Markdown which experiment that is."""
        try:
            return code(self._client.get_experiment(experiment_id).name)
        except MlflowException:
            return f"number {code(experiment_id)}"

    def experiment_of(self, run_id: str) -> tuple[str, str]:
        """Return a run's name and the id of its experiment; empty if there is no such run."""
        try:
            run = self._client.get_run(run_id) if run_id else None
        except MlflowException:
            run = None
        return (str(run.info.run_name), str(run.info.experiment_id)) if run else ("", "")


def _copy(source: Path, target: Path) -> None:
    """Copy a file if there is one: no link, no pipe, not too large, whatever its name says."""
    target.unlink(missing_ok=True)
    try:
        opened = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ValueError("not a file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("too large")
    target.write_bytes(content)
