"""Choose a sandbox that works on this machine, or, on the instructor's own word, none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from classroom.bubblewrap import Bubblewrap
from classroom.container import container
from classroom.sandbox import (
    INSIDE,
    NoSandbox,
    Place,
    Sandbox,
    free_user,
    resident,
    settings,
    variables,
)
from classroom.workshop import workshop

KINDS: dict[str, Callable[[], Sandbox]] = {"bubblewrap": Bubblewrap, "container": container}
_NONE = (
    "Students' notebooks run in a sandbox, and there is none here. Install bubblewrap (on Linux: "
    "sudo apt install bubblewrap) or start a container engine (Docker or Podman); --no-sandbox "
    "runs them as programs of your own, which can read and change what you can. ({})"
)


def choose(name: str | None = None) -> Sandbox:
    """Return a sandbox that works here.

    Args:
        name: one of KINDS, or `none` for going without; None: the first that works.

    Raises:
        NoSandbox: it does not work, or none does.
    """
    if name == "none":
        return Bare()
    complaints = []
    for kind, make in KINDS.items():
        if name in (kind, None):
            try:
                made = _tried(make())
                return made if kind == "bubblewrap" else _reached(made)
            except NoSandbox as error:
                complaints.append(f"{kind}: {error}")
    raise NoSandbox(_NONE.format("; ".join(complaints)))


@contextmanager
def _place() -> Iterator[Place]:
    with workshop() as folder:
        place = Place(folder / "place", free_user())
        place.folder.mkdir(mode=0o700)
        if place.user:
            os.chown(place.folder, place.user, place.user)
        yield place


def _tried(made: Sandbox) -> Sandbox:
    """Run a program in a sandbox that does nothing.

    Raises:
        NoSandbox: it cannot.
    """
    with _place() as place:
        try:
            command = made.command(place, "this")
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoSandbox(str(error)) from error
        finally:
            made.end(place.folder)
    if done.returncode:
        raise NoSandbox((done.stderr.strip().splitlines() or ["it does not start"])[-1])
    return made


def _reached(made: Sandbox) -> Sandbox:
    """Start a kernel in a sandbox and talk to it.

    Raises:
        NoSandbox: its sockets cannot be reached, as where the engine is in a virtual machine.
    """
    from classroom.kernel import Broken, Kernel, OutOfTime

    with _place() as place:
        try:
            with Kernel(made, place, "", time.monotonic() + 60) as kernel:
                kernel.run("pass")
        except (Broken, OutOfTime) as error:
            raise NoSandbox("a kernel in it cannot be reached from outside") from error
    return made


class Bare:
    """No sandbox: a process like any other."""

    name = "none"

    def home(self, folder: Path) -> str:
        """Return the folder's own path."""
        return str(folder)

    def command(self, place: Place, *arguments: str, store: str = "") -> list[str]:
        """Return the command line; see Sandbox."""
        home = str(place.folder)
        named = [f"{name}={value}" for name, value in variables(home).items()]
        said = settings(place, home, arguments, store=store)
        return ["env", "-i", *named, sys.executable, str(INSIDE), said]

    def end(self, folder: Path) -> None:
        """End what has its home in that folder, also what has left its family."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # another user's, or it has ended by itself
                if Path(process.environ().get("HOME", "/")).is_relative_to(folder):
                    process.kill()

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return how much memory is used by the program and all that it started."""
        return resident(process.pid)
