"""Define what all sandboxes for a student's kernel share: limits, a folder, an environment.

In a sandbox, a program can read Python, its packages, `helpers` and `exercises`. It can write to
one folder, has no network, and sees only its own processes. `choose` finds a sandbox that works
here: `bubblewrap` or a `container`, or `bare` if the instructor asks for it. `kernel_client`
talks to the student's Jupyter kernel, and `limit_watch` kills one that uses too much. `inside` is
the only file that runs together with the student's code. `work_folders` manages the folders in
which submissions run.
"""

from __future__ import annotations

import json
import os
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

COURSE_FOLDER = Path(__file__).resolve().parents[2]
_INSIDE = Path(__file__).resolve().with_name("inside.py")
# What is visible in a sandbox: the system's programs and libraries, Python with its packages, and
# what a notebook and its kernel import from the course.
_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache")
_PACKAGES = [COURSE_FOLDER / name for name in ("helpers", "exercises", "course_kernel.py")]
# Empty in a sandbox: no program reads these.
HIDDEN = sorted(COURSE_FOLDER.glob("exercises/*/answers"))
HOME = "/submission"  # the path of a submission's folder in a sandbox
# Its folders for temporary files, and their paths in a sandbox.
TEMPORARY = {".tmp": "/tmp", ".shm": "/dev/shm"}
MIB = 2**20
# Settings for every process that uses MLflow.
FOR_MLFLOW = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",  # no lines about databases
}
# A student's kernel gets this environment, its folder and its store, and nothing else.
_VARIABLES = {
    **FOR_MLFLOW,
    "COURSE_PROGRESS": "off",
    "LANG": "C.UTF-8",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # there is no server, so don't retry for minutes
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
    "USER": "student",
}


def visible_paths() -> list[Path]:
    """Return the paths on this machine that a sandbox shows, at the same place and read-only."""
    python = [Path(prefix) for prefix in (sys.base_prefix, sys.prefix)]
    paths = [*map(Path, _SYSTEM), *python, *(path.resolve() for path in python), *_PACKAGES]
    return [path for path in dict.fromkeys([*paths, _INSIDE]) if path.exists()]


class NoSandbox(RuntimeError):
    """No sandbox works here. The message says why."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use. A correct one needs at most a quarter of it."""

    memory: int = 2048 * MIB  # all its processes together
    processes: int = 128  # including threads
    file: int = 64 * MIB  # each file
    folder: int = 256 * MIB  # all its files
    files: int = 10_000
    seconds: float = 300

    @property
    def too_long(self) -> str:
        """The reason for a notebook that takes too long."""
        return f"took longer than {self.seconds:.0f} s"


@dataclass(frozen=True)
class Workspace:
    """One submission's folder, its owner and its limits."""

    folder: Path  # its parent contains the judge's copies, and is never visible in a sandbox
    home: str  # the folder's path in the sandbox
    user: int = 0  # a user ID; 0: the user who runs the grading
    limits: Limits = Limits()

    def variables(self, store: str) -> dict[str, str]:
        """Return the environment of a student's kernel.

        Args:
            store: MLflow's tracking URI in the sandbox.
        """
        own = {"HOME": self.home, "IPYTHONDIR": f"{self.home}/.ipython"}
        return {**_VARIABLES, **own, "MLFLOW_TRACKING_URI": store}

    def program(self, **more: int) -> list[str]:
        """Return the command that starts a kernel inside a sandbox.

        Args:
            **more: further limits, by their names in the module `resource`.
        """
        limits = {
            "RLIMIT_AS": 2 * self.limits.memory,
            "RLIMIT_FSIZE": self.limits.file,
            "RLIMIT_CORE": 0,
        }
        return [sys.executable, str(_INSIDE), json.dumps(limits | more)]


class Sandbox(ABC):
    """A way to run a student's kernel with access to a submission's folder and nothing else."""

    name: str

    def home(self, folder: Path) -> str:
        """Return the folder's path in the sandbox."""
        return HOME

    @abstractmethod
    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line that starts a kernel in the sandbox.

        Args:
            workspace: the submission's folder.
            store: MLflow's tracking URI in the sandbox; if empty, MLflow is not imported.
        """

    @abstractmethod
    def end(self, folder: Path) -> None:
        """Kill what was started on a folder or below it, even if its parent process has ended."""


def workspace(folder: Path, sandbox: Sandbox, limits: Limits = Limits()) -> Workspace:
    """Create a folder for one submission.

    If root runs the grading, each submission gets its own user, because limits on processes do not
    apply to root and count per user. The user IDs are from systemd's range for dynamic users.

    Args:
        folder: the folder, which must not exist yet.
        sandbox: the sandbox in which the student's kernel will run.
        limits: what the submission may use.
    """
    user = 61_184 + os.getpid() % 4_000 if os.geteuid() == 0 else 0
    for path in (folder, *(folder / name for name in TEMPORARY)):
        path.mkdir(mode=0o700)
        if user:
            os.chown(path, user, user)
    return Workspace(folder, sandbox.home(folder), user, limits)
