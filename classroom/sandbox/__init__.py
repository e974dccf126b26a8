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
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
# What a notebook and its kernel import of the course.
PACKAGES = [COURSE / name for name in ("helpers", "exercises", "course_kernel.py")]
INSIDE = Path(__file__).resolve().with_name("inside.py")
HOME = "/submission"  # where a sandbox shows a submission's folder
# Folders in it for temporary files, and where a sandbox shows them.
TEMPORARY = {".tmp": "/tmp", ".shm": "/dev/shm"}
MIB = 2**20
# For each process that uses MLflow.
FOR_MLFLOW = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",  # no lines about databases
}
# A student's kernel has this environment, its folder and its store: nothing of the instructor's.
_VARIABLES = {
    **FOR_MLFLOW,
    "COURSE_PROGRESS": "off",
    "LANG": "C.UTF-8",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # there is no server: no minutes of asking for one
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
    "USER": "student",
}


class NoSandbox(RuntimeError):
    """There is no sandbox here; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; a right one needs a quarter of it at most."""

    memory: int = 2048 * MIB  # all its processes together
    processes: int = 128  # threads count
    file: int = 64 * MIB  # each file
    folder: int = 256 * MIB  # all its files
    files: int = 10_000
    seconds: float = 300

    @property
    def too_long(self) -> str:
        """What is said of a notebook that takes longer than it may."""
        return f"took longer than {self.seconds:.0f} s"


@dataclass(frozen=True)
class Workspace:
    """One submission's folder, who owns it, and what may be used on it."""

    folder: Path  # its parent holds the judge's copies, and no sandbox shows that
    home: str  # the folder as a program in the sandbox sees it
    user: int = 0  # in numbers; 0: the user who runs the grading
    limits: Limits = Limits()

    def variables(self, store: str) -> dict[str, str]:
        """Return the environment of a student's kernel.

        Args:
            store: MLflow's tracking URI in there.
        """
        own = {"HOME": self.home, "IPYTHONDIR": f"{self.home}/.ipython"}
        return {**_VARIABLES, **own, "MLFLOW_TRACKING_URI": store}

    def rlimits(self, **more: int) -> str:
        """Return the limits that `inside` sets, as JSON.

        Args:
            **more: further ones, by the names that the module `resource` has for them.
        """
        common = {
            "RLIMIT_AS": 2 * self.limits.memory,
            "RLIMIT_FSIZE": self.limits.file,
            "RLIMIT_CORE": 0,
        }
        return json.dumps(common | more)


class Sandbox(ABC):
    """A way to run a student's kernel on a submission's folder and nothing else."""

    name: str

    def home(self, folder: Path) -> str:
        """Return the folder's path as a program in the sandbox sees it."""
        return HOME

    @abstractmethod
    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line that starts a kernel in there.

        Args:
            workspace: its folder.
            store: MLflow's tracking URI in there; MLflow is not imported without one.
        """

    @abstractmethod
    def end(self, folder: Path) -> None:
        """End what was started on a folder or one below it, also if its parent has ended."""


def workspace(folder: Path, sandbox: Sandbox, limits: Limits = Limits()) -> Workspace:
    """Make a folder for one submission.

    Where root runs the grading, each submission gets a user of its own: limits on processes do not
    bind root, and count by user. The numbers are those that systemd has for passing users.

    Args:
        folder: it must not exist yet.
        sandbox: what will show it to the student's kernel.
        limits: what may be used on it.
    """
    user = 61_184 + os.getpid() % 4_000 if os.geteuid() == 0 else 0
    for path in (folder, *(folder / name for name in TEMPORARY)):
        path.mkdir(mode=0o700)
        if user:
            os.chown(path, user, user)
    return Workspace(folder, sandbox.home(folder), user, limits)
