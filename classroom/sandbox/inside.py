"""Start a student's kernel inside the sandbox: set limits and point MLflow at its store.

`python inside.py LIMITS`, with the JSON of `Workspace.program`. From here on, the student can
change anything in this process, so nothing that it says is trusted without a check.
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
    # Nobody reads printed output. It would only fill the kernel's memory.
    "--IPKernelApp.capture_fd_output=False",
    "--IPKernelApp.exec_lines=import inside; inside.print_nowhere()",
)


def limit(limits: dict[str, int]) -> None:
    """Limit this process and all that it starts. Lower limits that already apply stay.

    Args:
        limits: the limits, by their names in the module `resource`.
    """
    import resource  # not at the top: Windows has no resource, but imports this file

    for name, value in limits.items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def set_up(connection: Any, record: Any) -> None:
    """Set up a new connection to a store, and remember which file the store is.

    A store need not survive, so SQLite does not wait for the disk. A student may have written
    anything into it, so SQLite does not trust its schema, and checks the pages that it reads.

    Args:
        connection: the connection of SQLite.
        record: SQLAlchemy's record of that connection.
    """
    for pragma in (
        "synchronous = OFF",
        "journal_mode = MEMORY",
        "trusted_schema = OFF",
        "cell_size_check = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    path = connection.execute("PRAGMA database_list").fetchone()[2]  # "" if it is in memory
    record.info["file"] = path, path and Path(path).stat().st_ino


def require_same_file(_: object, record: Any, __: object) -> None:
    """On each use of a connection, make SQLAlchemy reconnect if the store's file was replaced.

    Args:
        record: the record that `set_up` filled.

    Raises:
        DisconnectionError: makes SQLAlchemy open a new connection.
    """
    from sqlalchemy.exc import DisconnectionError

    path, file = record.info["file"]
    if path and Path(path).stat().st_ino != file:
        raise DisconnectionError("the store's file was replaced")


def use_stores() -> None:
    """Make MLflow use stores that need not survive, and that may be replaced between uses."""
    from sqlalchemy import Engine, event

    event.listen(Engine, "connect", set_up)
    event.listen(Engine, "checkout", require_same_file)


def point_mlflow() -> None:
    """Make `helpers` use the store in `MLFLOW_TRACKING_URI`, because there is no server here."""
    import mlflow
    import mlflow.store.tracking.sqlalchemy_store

    from helpers import tracking

    store = os.environ["MLFLOW_TRACKING_URI"]
    use_stores()
    tracking.use_server = lambda: mlflow.set_tracking_uri(store)


class Nowhere(io.TextIOBase):
    """A stream that discards what is written to it.

    IPython (9) replaces a stream's `write` with one that keeps all output in memory. This property
    prevents that.
    """

    @property
    def write(self) -> Callable[[str], int]:
        """Return a function that takes a string and returns its length."""
        return len

    @write.setter
    def write(self, _: object) -> None:
        pass


def print_nowhere() -> None:
    """Discard everything that is printed from here on."""
    sys.stdout = sys.stderr = Nowhere()


if __name__ == "__main__":
    os.chdir(os.environ["HOME"])
    limit(json.loads(sys.argv[1]))
    gc.disable()  # imports create no garbage: this saves a tenth of the time
    if os.environ["MLFLOW_TRACKING_URI"]:
        importlib.import_module("ipykernel.kernelapp")
        point_mlflow()
    gc.enable()
    gc.freeze()
    sys.modules["inside"] = sys.modules["__main__"]
    sys.argv = [*KERNEL]
    sys.path.pop(0)  # the folder of this file
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
