"""The store that a student's kernel logs to: made once, given to each, read from a copy of it.

It is a SQLite file in the submission's folder, so no server and no network is needed. A fresh copy
takes its place between the cells and the check's calls: what the cells logged or deleted is no
matter to the check. It has one path for both, so a client or a helper of the cells, which a
student's function may use, reaches the store that the check reads. What is in there is the
student's to write; whatever is odd about it makes the submission broken, not the grading.
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
from mlflow import MlflowClient

from classroom.grading import Job
from classroom.sandbox import MIB, Workspace
from classroom.sandbox.kernel import Broken
from exercises.engine import Exercise
from exercises.engine.backend import Backend, Snapshot
from exercises.engine.world import Logged

FILE = "store.db"
_FILES = (FILE, f"{FILE}-journal", f"{FILE}-wal", f"{FILE}-shm")  # with what SQLite may leave
EXPERIMENTS = ("1", "2")  # MLflow's ids of the active one and the one beside it; its own is 0
_LARGEST = 64 * MIB  # a right answer's is 1 MB


def uri(folder: Path | str) -> str:
    """Return MLflow's tracking URI of a store in a folder.

    >>> uri("/submission")
    'sqlite:////submission/store.db'
    """
    return f"sqlite:///{folder}/{FILE}"


def make(folder: Path, home: str) -> None:
    """Make the two experiments of a check in a store, and the store if there is none yet.

    Args:
        folder: where it is.
        home: the path under which a kernel will see it; artifacts go there.
    """
    client = MlflowClient(uri(folder))
    for name in ("Check", "Check beside"):
        client.create_experiment(name, artifact_location=f"{home}/artifacts")


def begin(job: Job, workspace: Workspace, exercise: Exercise) -> Store:
    """Put a store with an exercise's runs into a submission's folder; return how it is read.

    The first submission that needs these runs logs them, in a store of which all others get copies.

    Args:
        job: the submission's.
        workspace: its folder.
        exercise: the exercise.
    """
    import fcntl  # Windows has none, and imports this file all the same

    filled = job.template / f"{exercise.name}.db"
    known = filled.with_suffix(".json")
    with filled.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            shutil.copy(job.template / FILE, filled)
            logged = Backend(f"sqlite:///{filled}", EXPERIMENTS)
            mlflow.set_tracking_uri(logged.uri)  # where MLflow looks for models to register
            logged.add(exercise.runs_before(0))
            known.write_text(json.dumps(logged.run_ids), encoding="utf-8")
    give(filled, workspace)
    run_ids = json.loads(known.read_text(encoding="utf-8"))
    return Store(uri(workspace.home), EXPERIMENTS, run_ids=run_ids, workspace=workspace)


def give(source: Path, workspace: Workspace) -> None:
    """Put a fresh copy of a store into a submission's folder, in place of what is there.

    The kernel connects anew: see `use_stores` in `classroom.sandbox.inside`.

    Args:
        source: the file to copy.
        workspace: the submission's.

    Raises:
        Broken: something stands there that cannot be replaced.
    """
    fresh = workspace.folder.parent / "fresh.db"
    shutil.copy(source, fresh)
    if workspace.user:
        os.chown(fresh, workspace.user, workspace.user)
    try:
        for name in _FILES:
            (workspace.folder / name).unlink(missing_ok=True)
        fresh.replace(workspace.folder / FILE)
    except OSError as error:
        raise Broken(f"something stands in place of its store ({type(error).__name__})") from error


@dataclass
class Store(Backend):
    """A submission's store, seen from outside: its `uri` is a path in the sandbox."""

    workspace: Workspace = field(kw_only=True)  # the submission's
    files: list[bytes] = field(default_factory=list)  # what was copied last
    snapshots: dict[bytes, Snapshot] = field(default_factory=dict)  # the last one, by its files

    def snapshot(self) -> Snapshot:
        """Read the runs, unless the store's files are those that were read last."""
        with self.client():
            files = b"".join(self.files)
        if files not in self.snapshots:
            self.snapshots = {files: super().snapshot()}
        return self.snapshots[files]

    def add(self, runs: Sequence[Logged]) -> None:
        """Log further runs as somebody else would.

        Args:
            runs: what to log.

        Raises:
            Broken: the file is not a store, or no longer.
        """
        super().add(runs)
        give(self.workspace.folder.parent / FILE, self.workspace)

    @contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """Give what reads a copy of the store as it is now.

        Raises:
            Broken: the file is not a store, or no longer.
        """
        copy = self.workspace.folder.parent
        try:
            self.files = [_copy(self.workspace.folder / name, copy / name) for name in _FILES]
            yield MlflowClient(uri(copy), uri(copy))
        except Exception as error:  # sqlite3's, SQLAlchemy's, alembic's, MLflow's, Python's
            raise Broken(f"what it logged cannot be read ({type(error).__name__})") from error


def _copy(source: Path, target: Path) -> bytes:
    """Copy a file if there is one: no link, no pipe, not too large, whatever its name says."""
    target.unlink(missing_ok=True)
    try:
        opened = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return b""
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise ValueError("not a file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("too large")
    target.write_bytes(content)
    return content
