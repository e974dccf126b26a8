"""Where a student's kernel runs: in bubblewrap, in a container, or, on demand, in neither.

In there: a file system to read, with Python, its packages and `helpers`, and one folder to write;
no network; no process but its own; a few named variables; bounds for memory, processes, files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

import helpers

COURSE = Path(__file__).resolve().parents[1]
HELPERS = Path(helpers.__file__).resolve().parent
INSIDE = Path(__file__).resolve().with_name("inside.py")
MIB = 2**20


class NoSandbox(RuntimeError):
    """Neither bubblewrap nor a container engine works here; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use; a right one needs a quarter of it at most."""

    memory: int = 2048 * MIB  # all its processes together
    processes: int = 128  # threads count
    file: int = 64 * MIB  # each file
    folder: int = 256 * MIB  # all its files; and as much again in /tmp
    files: int = 10_000
    seconds: float = 120


@dataclass(frozen=True)
class Place:
    """One submission's folder, and how the sandbox sees it."""

    folder: Path
    user: int  # who owns it, in numbers; 0: whoever runs the grading
    limits: Limits = Limits()


class Sandbox(Protocol):
    """A way to run a program on a submission's folder and nothing else."""

    name: str

    def home(self, folder: Path) -> str:
        """Return the folder's path as the program sees it."""

    def command(self, place: Place, *arguments: str, store: str = "") -> list[str]:
        """Return the command line that runs a module of Python in there.

        Args:
            place: its folder.
            arguments: the module and its arguments.
            store: MLflow's tracking URI in there; MLflow is not imported without one.
        """

    def end(self, folder: Path) -> None:
        """End what was started on a submission's folder or one below it, whoever its parent is."""

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return how much memory the program and all that it started use."""


def _variables(home: str) -> dict[str, str]:
    return {
        "HOME": home,
        "IPYTHONDIR": f"{home}/.ipython",
        "LANG": "C.UTF-8",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "USER": "student",
    }


def _inside(
    place: Place, home: str, arguments: Sequence[str], store: str, limits: dict[str, int], user: int
) -> str:
    """Return the settings that `inside` reads."""
    return json.dumps(
        {
            "home": home,
            "user": user,
            "store": store,
            "arguments": list(arguments),
            "limits": {
                "RLIMIT_AS": 2 * place.limits.memory,
                "RLIMIT_FSIZE": place.limits.file,
                "RLIMIT_CORE": 0,
                **limits,
            },
        }
    )


class Bubblewrap:
    """bubblewrap: Linux's namespaces without a daemon; some 10 ms a start."""

    name = "bubblewrap"

    def home(self, folder: Path) -> str:
        """Return the folder's path as the program sees it."""
        return "/submission"

    def command(self, place: Place, *arguments: str, store: str = "") -> list[str]:
        """Return the command line; see Sandbox."""
        home, limits = self.home(place.folder), {"RLIMIT_NPROC": place.limits.processes}
        return [
            shutil.which("bwrap") or "bwrap",
            *("--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"),
            *(self._as_root() if place.user else ["--unshare-all", "--unshare-user"]),
            *(word for item in _variables(home).items() for word in ("--setenv", *item)),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", "--size", str(place.limits.folder), "--tmpfs", "/tmp"),
            *("--perms", "1777", "--size", str(place.limits.folder), "--tmpfs", "/dev/shm"),
            *(word for path in _needed() for word in _shown(path)),
            *("--bind", str(place.folder), home),
            *("--remount-ro", "/dev", "--remount-ro", "/"),
            *("--", sys.executable, str(INSIDE)),
            _inside(place, home, arguments, store, limits, place.user),
        ]

    def _as_root(self) -> list[str]:
        """Return what root needs: the program becomes another user, outside any user namespace."""
        spaces = ("ipc", "pid", "net", "uts", "cgroup-try")
        keep = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
        return [*(f"--unshare-{space}" for space in spaces), *keep]

    def end(self, folder: Path) -> None:
        """Do nothing: all has ended with the process that started it (--die-with-parent)."""

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return the resident memory of all."""
        return _resident(process.pid)


def _needed() -> Iterator[Path]:
    """Yield what Python and its packages need of this machine's file system."""
    system = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache")
    yield from map(Path, (*system, "/etc/localtime", "/etc/alternatives"))
    for prefix in (sys.base_prefix, sys.prefix):
        yield Path(prefix)
        yield Path(prefix).resolve()
    yield from (HELPERS, INSIDE)


def _shown(path: Path) -> list[str]:
    """Return the options that show a path in bubblewrap as it is here, read-only."""
    if path.is_symlink() and path.parent == Path("/"):
        return ["--symlink", os.readlink(path), str(path)]
    above = [
        word for part in path.parents[-2::-1] for word in ("--perms", "755", "--dir", str(part))
    ]
    return [*above, "--ro-bind-try", str(path), str(path)]


def _resident(pid: int) -> int:
    with suppress(psutil.Error):
        total = 0
        for process in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):
                total += process.memory_info().rss
        return total
    return 0


class Container:
    """A container of Docker's or Podman's, of an image that has the course's packages."""

    name = "container"

    def __init__(self, engine: str, image: str) -> None:
        self.engine, self.image = engine, image

    def home(self, folder: Path) -> str:
        """Return the folder's path as the program sees it."""
        return "/submission"

    def command(self, place: Place, *arguments: str, store: str = "") -> list[str]:
        """Return the command line; see Sandbox."""
        home, limits = self.home(place.folder), place.limits
        user = place.user or os.getuid()
        variables = {**_variables(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        variables["PYTHONPATH"] = "/opt/course:/opt/code"
        return [
            *(self.engine, "run", "--rm", "--init", "--name", _container(place.folder)),
            *("--network", "none", "--read-only", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges", "--user", f"{user}:{user}"),
            *(["--userns", "keep-id"] if self.engine == "podman" and user == os.getuid() else []),
            *("--memory", str(limits.memory), "--memory-swap", str(limits.memory)),
            *("--pids-limit", str(limits.processes), "--shm-size", str(limits.folder)),
            *("--tmpfs", f"/tmp:size={limits.folder},mode=1777"),
            *(word for item in variables.items() for word in ("--env", "=".join(item))),
            *("--volume", f"{HELPERS}:/opt/code/helpers:ro"),
            *("--volume", f"{INSIDE}:/opt/inside.py:ro", "--volume", f"{place.folder}:{home}"),
            *("--workdir", "/", "--entrypoint", "python3", self.image, "/opt/inside.py"),
            _inside(place, home, arguments, store, {}, 0),
        ]

    def end(self, folder: Path) -> None:
        """End the containers whose folders are in that one."""
        asked = ["ps", "--all", "--quiet", "--filter", f"name={_container(folder)}"]
        found = _said([self.engine, *asked]).split()
        if found:
            _said([self.engine, "rm", "--force", *found])

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return 0: the engine itself sees to that."""
        return 0


def _container(folder: Path) -> str:
    """Return the name of the container for a folder; it begins with that for the folder above.

    >>> _container(Path("/tmp/grading-x1/a/first"))
    'grading-x1-a-first'
    """
    parts = folder.parts
    number = next((n for n, part in enumerate(parts) if part.startswith("grading-")), -1)
    return "-".join(parts[number:])


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout


class Bare:
    """No sandbox: a process like any other, which can read and write what the instructor can."""

    name = "no sandbox"

    def home(self, folder: Path) -> str:
        """Return the folder's own path."""
        return str(folder)

    def command(self, place: Place, *arguments: str, store: str = "") -> list[str]:
        """Return the command line; see Sandbox."""
        home = self.home(place.folder)
        variables = [f"{name}={value}" for name, value in _variables(home).items()]
        return [
            *("env", "-i", *variables, sys.executable, str(INSIDE)),
            _inside(place, home, arguments, store, {}, 0),
        ]

    def end(self, folder: Path) -> None:
        """End what has its home in that folder."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # another user's, or it has ended by itself
                if Path(process.environ().get("HOME", "/")).is_relative_to(folder):
                    process.kill()

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return the resident memory of all."""
        own = psutil.Process(process.pid).memory_info().rss
        return _resident(process.pid) + int(own)


def free_user() -> int:
    """Return the number of a user that nobody is, for root; else 0: no other user can be had."""
    return 50_000 + os.getpid() % 10_000 if os.geteuid() == 0 else 0


def clear(folder: Path) -> None:
    """Remove a folder in which a student's program could leave anything, links included."""
    subprocess.run(["chmod", "-R", "u+rwx", str(folder)], capture_output=True, check=False)
    subprocess.run(["rm", "-rf", "--", str(folder)], capture_output=True, check=False)


def choose(name: str | None = None) -> Sandbox:
    """Return a sandbox that works here.

    Args:
        name: `bubblewrap`, `container`, or `none` for going without; None: the first that works.

    Raises:
        NoSandbox: it does not work, or none does.
    """
    if name == "none":
        return Bare()
    complaints = []
    kinds: dict[str, Callable[[], Sandbox]] = {"bubblewrap": Bubblewrap, "container": container}
    for kind, make in kinds.items():
        if name in (kind, None):
            try:
                return _tried(make())
            except NoSandbox as error:
                complaints.append(f"{kind}: {error}")
    raise NoSandbox(_NONE.format("; ".join(complaints)))


_NONE = (
    "Students' notebooks run in a sandbox, and none works here: install bubblewrap (on Linux: apt "
    "install bubblewrap) or start a container engine (Docker or Podman), or say --no-sandbox to "
    "run them as programs of your own. ({})"
)


def _tried(made: Sandbox) -> Sandbox:
    """Run a program in a sandbox that does nothing.

    Raises:
        NoSandbox: it cannot.
    """
    folder = Path(tempfile.mkdtemp(prefix="grading-"))
    place = Place(folder, free_user())
    try:
        if place.user:
            os.chown(folder, place.user, place.user)
        done = subprocess.run(
            made.command(place, "this"), capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoSandbox(str(error)) from error
    finally:
        made.end(folder)
        clear(folder)
    if done.returncode:
        raise NoSandbox((done.stderr.strip().splitlines() or ["it does not start"])[-1])
    return made


def container() -> Container:
    """Return a container of the engine at hand; build its image if there is none yet.

    Raises:
        NoSandbox: there is no engine, or it cannot build the image.
    """
    for engine in filter(shutil.which, ("docker", "podman")):
        if subprocess.run([engine, "info"], capture_output=True, check=False).returncode == 0:
            return Container(engine, _image(engine))
    raise NoSandbox("neither docker nor podman answers")


def _image(engine: str) -> str:
    """Return the name of the image for this lock file, and build it if it is not there."""
    lock, recipe = COURSE / "requirements.lock", Path(__file__).with_name("Dockerfile")
    base = re.search(r"^ *image: *(\S+)", (COURSE / "docker-compose.yml").read_text(), re.M)
    assert base, "docker-compose.yml names an image"
    made_from = lock.read_bytes() + recipe.read_bytes() + base[1].encode()
    name = f"mlflow-course-grading:{hashlib.sha256(made_from).hexdigest()[:12]}"
    if subprocess.run([engine, "image", "inspect", name], capture_output=True).returncode == 0:
        return name
    print("Building the course's image for the sandbox: some minutes, once.", file=sys.stderr)
    given = [f"--build-arg={v}" for v in ("PIP_CERT", "PIP_INDEX_URL") if v in os.environ]
    with tempfile.TemporaryDirectory() as folder:
        for file in (lock, recipe):
            shutil.copy(file, folder)
        built = subprocess.run(
            [engine, "build", "--network", "host", "--tag", name, *given]
            + [f"--build-arg=IMAGE={base[1]}", folder],
            capture_output=True,
            text=True,
            check=False,
        )
    if built.returncode:
        raise NoSandbox(f"its image cannot be built: {(built.stdout + built.stderr)[-300:]}")
    return name
