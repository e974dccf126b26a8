"""Begin a student's kernel, inside the sandbox: limits, and MLflow pointed at its store.

`python inside.py LIMITS` with the JSON of `Workspace.rlimits`. From here on everything in
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


def set_up(connection: Any, record: Any) -> None:
    """Set up a new connection to a store, and remember which file the store is.

    A store need not survive, so SQLite waits for no disk. A store that a student could write to may
    hold anything, so SQLite trusts nothing in its schema, and checks the pages that it reads.

    Args:
        connection: SQLite's.
        record: SQLAlchemy's, which goes with it.
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
    """Have SQLAlchemy connect again if another file has replaced the store: at each use.

    Args:
        record: what `set_up` kept.

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

    event.listen(Engine, "connect", set_up)
    event.listen(Engine, "checkout", require_same_file)


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
    os.chdir(os.environ["HOME"])
    limit(json.loads(sys.argv[1]))
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
