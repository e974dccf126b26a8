"""What every sandbox for a student's kernel has: limits, a folder, a few named variables.

In a sandbox there is a file system to read, with Python, its packages, `helpers` and `exercises`;
one folder to write; no network; no process but its own. `choose` finds one that works here:
`bubblewrap` or a `container`, or `bare` on the instructor's word. `kernel` talks to the student's
Jupyter kernel in it, and `guard` ends one that uses too much. `inside` is the only file that runs
beside the student's code. `folders` has what a sandbox works in.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

import exercises
import helpers

COURSE = Path(__file__).resolve().parents[2]
# What a notebook imports of the course.
PACKAGES = [Path(str(package.__file__)).resolve().parent for package in (helpers, exercises)]
INSIDE = Path(__file__).resolve().with_name("inside.py")
HOME = "/submission"  # where a sandbox shows a submission's folder
MIB = 2**20


class NoSandbox(RuntimeError):
    """There is no sandbox here; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; a right one needs a quarter of it at most."""

    memory: int = 2048 * MIB  # all its processes together
    processes: int = 128  # threads count
    file: int = 64 * MIB  # each file
    folder: int = 256 * MIB  # all its files; and as much again in /tmp
    files: int = 10_000
    seconds: float = 300

    @property
    def too_long(self) -> str:
        """What is said of a notebook that takes longer than it may."""
        return f"took longer than {self.seconds:.0f} s"


@dataclass(frozen=True)
class Workspace:
    """One submission's folder, who owns it, and what may be used on it."""

    folder: Path
    user: int  # in numbers; 0: whoever runs the grading
    limits: Limits = Limits()


class Sandbox(Protocol):
    """A way to run a program on a submission's folder and nothing else."""

    name: str

    def home(self, folder: Path) -> str:
        """Return the folder's path as the program sees it."""

    def command(self, workspace: Workspace, *arguments: str, store: str = "") -> list[str]:
        """Return the command line that runs a module of Python in there.

        Args:
            workspace: its folder.
            arguments: the module and its arguments.
            store: MLflow's tracking URI in there; MLflow is not imported without one.
        """

    def end(self, folder: Path) -> None:
        """End what was started on a folder or one below it, whoever its parent is."""

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return how much memory is used by the program and all that it started."""


def variables(home: str) -> dict[str, str]:
    """Return the environment of a student's kernel, which has nothing of the instructor's.

    Args:
        home: its folder.
    """
    return {
        "HOME": home,
        "IPYTHONDIR": f"{home}/.ipython",
        "LANG": "C.UTF-8",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # there is no server: no minutes of asking for one
        "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",  # no connection outlives its question
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "USER": "student",
    }


def settings(
    workspace: Workspace,
    home: str,
    arguments: Sequence[str],
    *,
    store: str = "",
    user: int = 0,
    limits: Mapping[str, int] | None = None,
) -> str:
    """Return what `inside` reads.

    Args:
        workspace: the submission's.
        home: its folder, as it is seen inside.
        arguments: the module to run and its arguments.
        store: MLflow's tracking URI.
        user: who it has to become.
        limits: more of them, by the names that the module `resource` has for them.
    """
    common = {
        "RLIMIT_AS": 2 * workspace.limits.memory,
        "RLIMIT_FSIZE": workspace.limits.file,
        "RLIMIT_CORE": 0,
    }
    said = {"home": home, "user": user, "store": store, "arguments": list(arguments)}
    return json.dumps({**said, "limits": {**common, **(limits or {})}})


def resident(pid: int) -> int:
    """Return the memory of a process and all below it.

    Args:
        pid: the process.
    """
    total = 0
    with suppress(psutil.Error):  # it has ended
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.Error):
                total += _own_share(process)
    return total


def _own_share(process: psutil.Process) -> int:
    """Return a process's resident memory; what it shares with its forks counts once in all."""
    try:
        said = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        return 1024 * int(re.findall(r"^Pss: +(\d+) kB", said, re.M)[0])
    except (OSError, IndexError):  # not Linux
        return int(process.memory_info().rss)


def workspace(folder: Path, limits: Limits = Limits()) -> Workspace:
    """Make a folder for one submission.

    Args:
        folder: it must not exist yet.
        limits: what may be used on it.
    """
    made = Workspace(folder, _free_user(), limits)
    made.folder.mkdir(mode=0o700)
    if made.user:
        os.chown(folder, made.user, made.user)
    return made


def _free_user() -> int:
    """Return the number of a user that nobody is, for root; else 0: no other user can be had.

    Where root runs the grading, each submission gets a user of its own: limits on processes do not
    bind root, and count by user. The numbers are those that systemd has for passing users.
    """
    return 61_184 + os.getpid() % 4_000 if os.geteuid() == 0 else 0
