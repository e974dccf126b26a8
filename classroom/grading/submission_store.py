"""Create the store that a student's kernel logs to, and read a copy of it from outside.

The store is a SQLite file in the submission's folder, so it needs neither a server nor a network.
It is replaced with a fresh copy between the cells and the check's calls, so what the cells logged
or deleted doesn't matter to the check. Its path stays the same, so a client that the cells created,
and that the student's function may use, reaches the new store. A student can write anything into
the store. If it cannot be read, the submission is broken, but the grading goes on.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import mlflow
from filelock import FileLock
from mlflow import MlflowClient

from classroom.sandbox import MIB, Workspace
from classroom.sandbox.kernel_client import Broken
from exercises.engine import Exercise
from exercises.engine.check_store import CheckStore
from exercises.engine.exercise_files import PreparedRun

FILE = "store.db"
_FILES = (FILE, *(f"{FILE}-{end}" for end in ("journal", "wal", "shm")))  # SQLite may leave these
# MLflow's IDs: the active experiment, and another one. MLflow's default has ID 0.
EXPERIMENTS = ("1", "2")
_MAX_STORE_BYTES = 64 * MIB  # with a right answer, it has 1 MB


def uri_of(folder: Path | str) -> str:
    """Return MLflow's tracking URI of a store in a folder.

    >>> uri_of("/submission")
    'sqlite:////submission/store.db'
    """
    return f"sqlite:///{folder}/{FILE}"


def create_experiments(folder: Path, home: str) -> None:
    """Create the two experiments of a check in a store, and the store if it does not exist.

    Args:
        folder: the folder of the store.
        home: the path at which a kernel will see that folder; artifacts go there.
    """
    client = MlflowClient(uri_of(folder))
    for name in ("Check", "Check beside"):
        client.create_experiment(name, artifact_location=f"{home}/artifacts")


@dataclass
class Store(CheckStore):
    """A submission's store, seen from outside: its `uri` is a path in the sandbox."""

    uri: str = field(init=False)
    experiments: tuple[str, str] = field(init=False, default=EXPERIMENTS)
    workspace: Workspace = field(kw_only=True)
    template: Path = field(kw_only=True)  # a folder with an empty store, and others to copy

    def __post_init__(self) -> None:
        """Put an empty store into the submission's folder.

        Raises:
            Broken: the folder contains something that cannot be replaced.
        """
        self.uri = uri_of(self.workspace.home)
        self._replace(self.template / FILE)

    def fill(self, exercise: Exercise) -> None:
        """Replace the store with one that has an exercise's runs.

        The first submission that needs these runs logs them to a store. All others get copies.

        Args:
            exercise: the exercise.

        Raises:
            Broken: the folder contains something that cannot be replaced.
        """
        filled = self.template / f"{exercise.name}.db"
        run_ids = filled.with_suffix(".json")
        with FileLock(filled.with_suffix(".lock")):
            if not run_ids.exists():
                shutil.copy(self.template / FILE, filled)
                logged = CheckStore(f"sqlite:///{filled}", EXPERIMENTS)
                mlflow.set_tracking_uri(logged.uri)  # where MLflow looks for models to register
                logged.add(exercise.runs_before(0))
                run_ids.write_text(json.dumps(logged.id_by_label), encoding="utf-8")
        self.id_by_label = json.loads(run_ids.read_text(encoding="utf-8"))
        self._replace(filled)

    def add(self, runs: Sequence[PreparedRun]) -> None:
        """Log more runs, as somebody else would.

        Args:
            runs: the runs to log.

        Raises:
            Broken: the file is not a store, or not any more.
        """
        super().add(runs)
        self._replace(self._copy / FILE)

    @contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """Copy the store as it is now, and provide a client that reads the copy.

        Raises:
            Broken: the file is not a store, or not any more.
        """
        try:
            for name in _FILES:
                _copy(self.workspace.folder / name, self._copy / name)
            yield MlflowClient(uri_of(self._copy), uri_of(self._copy))
        except Exception as error:  # sqlite3's, SQLAlchemy's, alembic's, MLflow's, Python's
            raise Broken(f"what it logged cannot be read ({type(error).__name__})") from error

    @property
    def _copy(self) -> Path:
        """The folder of the copy, which the sandbox does not show."""
        return self.workspace.folder.parent

    def _replace(self, source: Path) -> None:
        """Replace the store with a copy of another file.

        A connection that is open notices this: see `use_stores` in `classroom.sandbox.inside`.
        """
        fresh, user = self._copy / "fresh.db", self.workspace.user
        shutil.copy(source, fresh)
        if user:
            os.chown(fresh, user, user)
        try:
            for name in _FILES:
                (self.workspace.folder / name).unlink(missing_ok=True)
            fresh.replace(self.workspace.folder / FILE)
        except OSError as error:
            raise Broken(
                f"something else is in the place of its store ({type(error).__name__})"
            ) from error


def _copy(source: Path, target: Path) -> None:
    """Copy a file if it exists; refuse links, pipes and files that are too large."""
    target.unlink(missing_ok=True)
    try:
        opened = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ValueError("not a file")
        content = file.read(_MAX_STORE_BYTES + 1)
    if len(content) > _MAX_STORE_BYTES:
        raise ValueError("too large")
    target.write_bytes(content)
