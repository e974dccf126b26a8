"""Hides from the course's own code the modules of Python that Windows lacks, once `hide` is called.

Packages keep them: on this system they need them, and on Windows they take another way.
"""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

COURSE = tuple(
    str(Path(__file__).resolve().parents[1] / top)
    for top in ("helpers", "exercises", "classroom", "tools", "tests")
)
UNIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios"}

_import = builtins.__import__


def _import_as_on_windows(
    name: str, globals: dict[str, Any] | None = None, *arguments: Any, **named: Any
) -> Any:
    if name in UNIX_ONLY and str((globals or {}).get("__file__")).startswith(COURSE):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return _import(name, globals, *arguments, **named)


def hide() -> None:
    """Hide them from here on, in this process."""
    builtins.__import__ = _import_as_on_windows
