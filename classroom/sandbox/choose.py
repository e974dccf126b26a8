"""Choose a sandbox that works on this machine, or, on the instructor's own word, none."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from classroom.sandbox import NoSandbox, Sandbox, workspace
from classroom.sandbox.bare import Bare
from classroom.sandbox.bubblewrap import Bubblewrap
from classroom.sandbox.container import container
from classroom.sandbox.folders import workshop

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


def _tried(made: Sandbox) -> Sandbox:
    """Run a program in a sandbox that does nothing.

    Raises:
        NoSandbox: it cannot.
    """
    with workshop() as folder:
        try:
            command = made.command(workspace(folder / "tried"), "this")
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoSandbox(str(error)) from error
        finally:
            made.end(folder)
    if done.returncode:
        raise NoSandbox((done.stderr.strip().splitlines() or ["it does not start"])[-1])
    return made


def _reached(made: Sandbox) -> Sandbox:
    """Start a kernel in a sandbox and talk to it.

    Raises:
        NoSandbox: its sockets cannot be reached, as where the engine is in a virtual machine.
    """
    from classroom.sandbox.kernel import Broken, Kernel, OutOfTime

    with workshop() as folder:
        try:
            space = workspace(folder / "reached")
            with Kernel(made, space, "", time.monotonic() + 60) as kernel:
                kernel.run("pass")
        except (Broken, OutOfTime) as error:
            raise NoSandbox("a kernel in it cannot be reached from outside") from error
    return made
