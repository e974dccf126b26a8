"""The folders in which submissions are judged, and the end of what a killed grading left there."""

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
    """Make sure that this system has locks and limits as Linux has them.

    Raises:
        NoSandbox: it is Windows or macOS.
    """
    if platform.system() != "Linux":
        raise NoSandbox(
            "Grading needs Linux, which can limit what a student's notebook uses. Run it on a "
            "Linux machine or, on Windows, in WSL."
        )


def end_descendants() -> None:
    """End every process that this one has started, and those that they have started."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()


@contextmanager
def workshop() -> Iterator[Path]:
    """Give a folder that is locked for as long as this process lives, and removed at the end."""
    import fcntl

    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        clear(folder)


def end_leftovers(sandbox: Sandbox) -> list[Path]:
    """End what runs on the folders of gradings that are no more, and remove these.

    Args:
        sandbox: the one of now; a killed grading on this machine will have had the same.

    Returns:
        The folders.
    """
    left = [path for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*") if _is_left(path)]
    for folder in left:
        sandbox.end(folder)
        clear(folder)
    return left


def _is_left(folder: Path) -> bool:
    """Tell whether a folder is ours, and nobody's who is alive."""
    import fcntl

    with suppress(OSError):  # being made in this moment, or not one of these, or in use
        if not folder.is_symlink() and folder.stat().st_uid == os.geteuid():
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
    return False


def clear(folder: Path) -> None:
    """Remove a folder in which a student's program could leave anything, links included.

    Args:
        folder: what goes, with all that is in it.
    """
    for command in (["/bin/chmod", "-R", "u+rwx"], ["/bin/rm", "-rf"]):
        subprocess.run([*command, "--", str(folder)], capture_output=True, check=False)
