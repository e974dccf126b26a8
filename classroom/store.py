"""The store that a student's kernel logs to: made once, given to each, read from a copy of it.

It is a SQLite file in the submission's folder, so no server and no network is needed. A fresh copy
takes its place between the cells and the check's calls: what the cells logged or deleted is no
matter to the check. It has one path for both, so a client or a helper of the cells, which a
student's function may use, reaches the store that the check reads. What is in there is the
student's to write; whatever is odd about it makes the submission broken, not the grading.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from classroom.kernel import Broken
from classroom.sandbox import MIB, Place
from helpers.exercises.models import Models, read_models
from helpers.exercises.requirement import code

FILE = "store.db"
_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite may leave beside it
EXPERIMENT_ID = "1"  # the first after MLflow's own, which is 0
_LARGEST = 64 * MIB  # a right answer's is 1 MB


def uri(folder: Path | str) -> str:
    """Return MLflow's tracking URI of a store in a folder.

    >>> uri("/submission")
    'sqlite:////submission/store.db'
    """
    return f"sqlite:///{folder}/{FILE}"


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


def give(template: Path, place: Place, private: Path) -> None:
    """Put a fresh copy of the store into a submission's folder, in place of what is there.

    The kernel keeps no connection to the old one: see the pool class in `sandbox.variables`.

    Args:
        template: the folder in which it was made.
        place: the submission's.
        private: a folder that it cannot see.

    Raises:
        Broken: something stands there that cannot be replaced.
    """
    fresh = private / "fresh.db"
    shutil.copy(template / FILE, fresh)
    if place.user:
        os.chown(fresh, place.user, place.user)
    try:
        for ending in _BESIDE:
            (place.folder / (FILE + ending)).unlink(missing_ok=True)
        fresh.replace(place.folder / FILE)
    except OSError as error:
        raise Broken(f"its store cannot be replaced ({type(error).__name__})") from error


@dataclass
class Store:
    """A submission's store, seen from outside; the check reads it as its scratch experiment."""

    folder: Path  # the submission's
    private: Path  # one that it cannot see
    uri: str  # as the kernel knows it: a path in the sandbox, never to be opened here
    experiment_id: str = EXPERIMENT_ID

    def runs(self) -> list[Run]:
        """Return all runs, deleted ones as well, oldest first, as they are now.

        Raises:
            Broken: the file is not a store, or no longer.
        """
        with self._copied() as client:
            found = client.search_runs(
                [self.experiment_id], "", ViewType.ALL, order_by=["start_time"], max_results=5000
            )
            return list(found)

    def models(self, name: str) -> Models:
        """Return the experiment's models, and what is registered under a name, as they are now.

        Raises:
            Broken: the file is not a store, or no longer.
        """
        with self._copied() as client:
            return read_models(client, self.experiment_id, name)

    def remove_models(self, name: str) -> None:
        """Do nothing: the whole store is thrown away."""

    @contextmanager
    def _copied(self) -> Iterator[MlflowClient]:
        """Copy the store as it is now, and give what reads the copy; whatever fails is Broken."""
        try:
            for ending in ("", *_BESIDE):
                _copy(self.folder / (FILE + ending), self.private / (FILE + ending))
            yield self._client
        except Exception as error:  # sqlite3's, SQLAlchemy's, alembic's, MLflow's, Python's
            raise Broken(f"what it logged cannot be read ({type(error).__name__})") from error

    @cached_property
    def _client(self) -> MlflowClient:
        # It opens the file anew for each question (NullPool, see grading): one serves all copies.
        copy = uri(self.private)
        return MlflowClient(copy, copy)

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
