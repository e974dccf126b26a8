"""The data folder of the embedded tracking server: where it is, its lock and its `server.json`."""

import json
import os
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock

PACKAGE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """Return the data folder: `.mlflow/` of the checkout if it is writable, else the user's own."""
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").exists() and os.access(checkout, os.W_OK):
        return checkout / ".mlflow"
    return platformdirs.user_data_path("mlflow-parent-child-course", appauthor=False)


def folder_lock(folder: Path) -> FileLock:
    """Return the lock of a data folder; whoever holds it owns the folder.

    Args:
        folder: the data folder.
    """
    return FileLock(folder / "server.lock", fallback_to_soft=False)


def read_state(path: Path) -> dict[str, Any]:
    """Return what a `server.json` says; empty if it is missing, empty or cut off.

    Args:
        path: the file.
    """
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) and {"url", "pid"} <= state.keys() else {}
