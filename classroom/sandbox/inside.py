"""Begin a student's kernel, inside the sandbox: limits, no root, MLflow pointed at its store.

`python inside.py SETTINGS` with the JSON of `Workspace.settings`. From here on everything in
this process is the student's to change: nothing that it says or does is believed without a look.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

KERNEL = (
    *("ipykernel_launcher", "-f", "kernel.json", "--HistoryManager.enabled=False"),
    # Nobody listens: printed text would only fill the kernel's memory.
    "--IPKernelApp.capture_fd_output=False",
    "--IPKernelApp.exec_lines=import inside; inside.print_nowhere()",
)


def limit(limits: dict[str, int]) -> None:
    """Limit this process and all that it starts; as far as it may be, where less is allowed.

    Args:
        limits: by the names that the module `resource` has for them.
    """
    import resource  # Windows has none, and imports this file all the same

    for name, value in limits.items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def give_up_root(user: int) -> None:
    """Become a user that owns nothing but its folder.

    Args:
        user: its number.
    """
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def hurry(connection: Any, record: Any) -> None:
    """Let SQLite wait for no disk, and keep which file this is: for each new connection.

    Args:
        connection: SQLite's.
        record: SQLAlchemy's, which goes with it.
    """
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
    path = connection.execute("PRAGMA database_list").fetchone()[2]  # "" if it is in memory
    record.info["file"] = path, path and Path(path).stat().st_ino


def same_file(_: object, record: Any, __: object) -> None:
    """Have SQLAlchemy connect anew if another file has taken this one's place: for each use.

    Args:
        record: what `hurry` kept.

    Raises:
        DisconnectionError: SQLAlchemy takes it as the demand for a new connection.
    """
    from sqlalchemy.exc import DisconnectionError

    path, file = record.info["file"]
    if path and Path(path).stat().st_ino != file:
        raise DisconnectionError("another file is there")


def use_stores() -> None:
    """Have MLflow use stores that need not survive, and that others replace between its uses."""
    from sqlalchemy import Engine, event

    event.listen(Engine, "connect", hurry)
    event.listen(Engine, "checkout", same_file)


def point_mlflow() -> None:
    """Have `helpers` use the store that MLflow's own variable names: there is no server here."""
    import mlflow
    import mlflow.store.tracking.sqlalchemy_store

    from helpers import tracking

    store = os.environ["MLFLOW_TRACKING_URI"]
    use_stores()
    tracking.use_server = lambda: mlflow.set_tracking_uri(store)


class Nowhere(io.TextIOBase):
    """A stream that keeps nothing of what is written to it.

    IPython (9) replaces a stream's `write` by one that keeps all text in memory; not this one's.
    """

    @property
    def write(self) -> Callable[[str], int]:
        """Return what takes text, and says how much it was."""
        return len

    @write.setter
    def write(self, _: object) -> None:
        pass


def print_nowhere() -> None:
    """Throw away what is printed from here on."""
    sys.stdout = sys.stderr = Nowhere()


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    if settings["user"]:
        give_up_root(settings["user"])
    os.chdir(os.environ["HOME"])
    limit(settings["limits"])
    gc.disable()  # nothing that is imported is garbage: a tenth of the time
    if os.environ["MLFLOW_TRACKING_URI"]:
        importlib.import_module("ipykernel.kernelapp")
        point_mlflow()
    gc.enable()
    gc.freeze()
    sys.modules["inside"] = sys.modules["__main__"]
    sys.argv = [*KERNEL]
    sys.path.pop(0)  # the folder of this file
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
