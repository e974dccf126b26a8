"""Create the folders in which submissions run, and clean up after a killed grading."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from classroom.sandbox import NoSandbox, Sandbox

_PREFIX, _LOCK = "grading-", "lock"


def must_be_linux() -> None:
    """Make sure that this system has Linux's locks and limits.

    Raises:
        NoSandbox: the system is Windows or macOS.
    """
    if platform.system() != "Linux":
        raise NoSandbox(
            "Grading needs Linux, which can limit what a student's notebook uses. Run it on a "
            "Linux machine or, on Windows, in WSL."
        )


def end_descendants() -> None:
    """Kill all descendants of this process."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()


@contextmanager
def temporary_work_folder() -> Iterator[Path]:
    """Create a folder that is locked while this process lives, and removed at the end."""
    import fcntl

    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        clear(folder)


def end_leftovers(sandbox: Sandbox) -> list[Path]:
    """Kill what still runs on the folders of killed gradings, and remove these folders.

    Args:
        sandbox: the current sandbox; a killed grading on this machine presumably had the same.

    Returns:
        The folders.
    """
    leftovers = [
        path for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*") if _is_abandoned(path)
    ]
    for folder in leftovers:
        sandbox.end(folder)
        clear(folder)
    return leftovers


def _is_abandoned(folder: Path) -> bool:
    """Tell whether a folder belongs to a grading of this user that is no longer running."""
    import fcntl

    with suppress(OSError):  # it is just being created, is something else, or is in use
        if not folder.is_symlink() and folder.stat().st_uid == os.geteuid():
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
    return False


def clear(folder: Path) -> None:
    """Remove a folder in which a student's program may have left anything, even links.

    Args:
        folder: the folder to remove, with all its contents.
    """
    for command in (["/bin/chmod", "-R", "u+rwx"], ["/bin/rm", "-rf"]):
        subprocess.run([*command, "--", str(folder)], capture_output=True, check=False)
