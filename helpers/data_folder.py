"""Find, lock and read the data folder of the embedded tracking server."""

import json
import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import platformdirs
import psutil
from filelock import FileLock, Timeout

PACKAGE = Path(__file__).resolve().parent


class ServerError(RuntimeError):
    """The embedded tracking server cannot be started; the message says why and what to do."""


def data_dir() -> Path:
    """Return the data folder: `.mlflow/` in the checkout if that is writable, else the user's."""
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").exists() and os.access(checkout, os.W_OK):
        return checkout / ".mlflow"
    return platformdirs.user_data_path("mlflow-parent-child-course", appauthor=False)


def folder_lock(folder: Path) -> FileLock:
    """Return the lock of a data folder. The process that holds it owns the folder.

    Args:
        folder: the data folder.
    """
    return FileLock(folder / "server.lock", fallback_to_soft=False)


def open_log(folder: Path) -> BinaryIO:
    """Create the data folder if it is missing; return its log, opened for appending.

    Args:
        folder: the data folder.

    Raises:
        ServerError: the folder is not writable or does not support locks.
    """
    try:
        (folder / "labs").mkdir(parents=True, exist_ok=True)
        with suppress(Timeout), folder_lock(folder).acquire(timeout=0):
            pass
        return (folder / "server.log").open("ab")
    except OSError as error:
        raise ServerError(
            f"The data folder {folder} cannot be used: {error}. Some network drives do not support "
            "locks. Copy the course to a folder on a local disk that you can write to, or set "
            "MLFLOW_TRACKING_URI to the address of a tracking server."
        ) from error


def is_owned(folder: Path) -> bool:
    """Tell whether a supervisor holds the lock of a data folder.

    Args:
        folder: the data folder.
    """
    try:
        with folder_lock(folder).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # another user's folder, or one without locks: nobody can own it
        return False


def read_state(folder: Path) -> dict[str, Any]:
    """Return the contents of `server.json`; empty if it is missing, empty or truncated.

    Args:
        folder: the data folder.
    """
    try:
        state = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) and {"url", "pid"} <= state.keys() else {}


def running_state(folder: Path) -> dict[str, Any]:
    """Return the contents of `server.json` if its server runs or is starting on this machine.

    Args:
        folder: the data folder.
    """
    state = read_state(folder)
    here = state.get("host") == platform.node() and psutil.pid_exists(state["pid"])
    return state if here and is_owned(folder) else {}
