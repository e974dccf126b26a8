"""Find, lock and read the data folder of the embedded tracking server."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import platformdirs
from filelock import FileLock, Timeout

PACKAGE = Path(__file__).resolve().parent
STATE = "server.json"
LABS = "labs"  # has a file for each open JupyterLab, which that JupyterLab has locked


class ServerError(RuntimeError):
    """The embedded tracking server cannot be started; the message says why and what to do."""


def data_dir() -> Path:
    """Return the data folder: `.mlflow/` in the checkout if that is writable, else the user's."""
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").exists() and os.access(checkout, os.W_OK):
        return checkout / ".mlflow"
    return platformdirs.user_data_path("mlflow-parent-child-course", appauthor=False)


def folder_lock(folder: Path) -> FileLock:
    """Return the lock of a data folder. The process that holds it owns the folder."""
    return FileLock(folder / "server.lock", fallback_to_soft=False)


def register_lab(folder: Path) -> FileLock:
    """Count this process as an open JupyterLab, until it ends or releases the lock returned."""
    lock = FileLock(folder / LABS / uuid4().hex)
    lock.acquire()
    return lock


def open_labs(folder: Path) -> int:
    """Count the open JupyterLabs, and remove the files of those that have ended."""
    number = 0
    for path in (folder / LABS).iterdir():
        try:
            with FileLock(path).acquire(timeout=0), suppress(PermissionError):  # on Windows
                path.unlink()
        except Timeout:
            number += 1
    return number


def open_log(folder: Path) -> BinaryIO:
    """Create the data folder if it is missing; return its log, opened for appending.

    Raises:
        ServerError: the folder is not writable or does not support locks.
    """
    try:
        (folder / LABS).mkdir(parents=True, exist_ok=True)
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
    """Tell whether a supervisor holds the lock of a data folder."""
    try:
        with folder_lock(folder).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # another user's folder, or one without locks: nobody can own it
        return False


def read_state(folder: Path) -> dict[str, Any]:
    """Return the contents of `server.json`; empty if it is missing, empty or truncated."""
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) and {"url", "pid"} <= state.keys() else {}
