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
from mlflow import MlflowClient

from classroom.grading import Job
from classroom.sandbox import MIB, Workspace
from classroom.sandbox.kernel import Broken
from exercises.engine import Exercise
from exercises.engine.backend import Backend
from exercises.engine.definition import Logged
from exercises.engine.snapshot import Snapshot

FILE = "store.db"
_FILES = (
    FILE,
    f"{FILE}-journal",
    f"{FILE}-wal",
    f"{FILE}-shm",
)  # including files that SQLite may leave
EXPERIMENTS = (
    "1",
    "2",
)  # MLflow's IDs: the active experiment, and another one; MLflow's default has ID 0
_LARGEST = 64 * MIB  # with a right answer, it has 1 MB


def uri(folder: Path | str) -> str:
    """Return MLflow's tracking URI of a store in a folder.

    >>> uri("/submission")
    'sqlite:////submission/store.db'
    """
    return f"sqlite:///{folder}/{FILE}"


def make(folder: Path, home: str) -> None:
    """Create the two experiments of a check in a store, and the store if it does not exist.

    Args:
        folder: the folder of the store.
        home: the path at which a kernel will see that folder; artifacts go there.
    """
    client = MlflowClient(uri(folder))
    for name in ("Check", "Check beside"):
        client.create_experiment(name, artifact_location=f"{home}/artifacts")


def begin(job: Job, workspace: Workspace, exercise: Exercise) -> Store:
    """Put a store with an exercise's runs into a submission's folder; return an object to read it.

    The first submission that needs these runs logs them to a store. All others get copies of it.

    Args:
        job: the job of the submission.
        workspace: the folder of the submission.
        exercise: the exercise.
    """
    import fcntl  # not at the top: Windows has no fcntl, but imports this file

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
    """Replace the store in a submission's folder with a fresh copy.

    The kernel then reconnects: see `use_stores` in `classroom.sandbox.inside`.

    Args:
        source: the file to copy.
        workspace: the folder of the submission.

    Raises:
        Broken: the folder contains something that cannot be replaced.
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
        raise Broken(
            f"something else is in the place of its store ({type(error).__name__})"
        ) from error


@dataclass
class Store(Backend):
    """A submission's store, seen from outside: its `uri` is a path in the sandbox."""

    workspace: Workspace = field(kw_only=True)  # the submission's
    files: list[bytes] = field(default_factory=list)  # the contents that were copied last
    snapshots: dict[bytes, Snapshot] = field(
        default_factory=dict
    )  # the last one, by these contents

    def snapshot(self, *, models: bool = False) -> Snapshot:
        """Read the runs, unless the store has not changed since they were last read."""
        with self.client():
            files = b"".join(self.files)
        if files not in self.snapshots:
            self.snapshots = {files: super().snapshot(models=models)}
        return self.snapshots[files]

    def add(self, runs: Sequence[Logged]) -> None:
        """Log more runs, as somebody else would.

        Args:
            runs: the runs to log.

        Raises:
            Broken: the file is not a store, or not any more.
        """
        super().add(runs)
        give(self.workspace.folder.parent / FILE, self.workspace)

    @contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """Copy the store as it is now, and provide a client that reads the copy.

        Raises:
            Broken: the file is not a store, or not any more.
        """
        copy = self.workspace.folder.parent
        try:
            self.files = [_copy(self.workspace.folder / name, copy / name) for name in _FILES]
            yield MlflowClient(uri(copy), uri(copy))
        except Exception as error:  # sqlite3's, SQLAlchemy's, alembic's, MLflow's, Python's
            raise Broken(f"what it logged cannot be read ({type(error).__name__})") from error


def _copy(source: Path, target: Path) -> bytes:
    """Copy a file if it exists; refuse links, pipes and files that are too large."""
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
