"""Choose a sandbox that works on this machine, or, on the instructor's own word, none."""

from __future__ import annotations

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
                return _tried(make())
            except NoSandbox as error:
                complaints.append(f"{kind}: {error}")
    raise NoSandbox(_NONE.format("; ".join(complaints)))


def _tried(made: Sandbox) -> Sandbox:
    """Start a kernel in a sandbox and talk to it.

    Raises:
        NoSandbox: it does not start, or cannot be reached, as in an engine's virtual machine.
    """
    from classroom.sandbox.kernel import Broken, Kernel

    with workshop() as folder, (folder / "stderr").open("w+b") as said:
        try:
            space = workspace(folder / "tried", made)
            with Kernel(made, space, "", time.monotonic() + 60, said) as kernel:
                kernel.run("pass")
        except (OSError, Broken) as error:
            said.seek(0)
            lines = said.read().decode(errors="replace").splitlines()
            raise NoSandbox(lines[-1] if lines else f"no kernel answers ({error})") from error
    return made
