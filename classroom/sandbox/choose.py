"""Choose a sandbox that works on this machine, or none if the instructor asks for that."""

from __future__ import annotations

import time

from classroom.sandbox import NoSandbox, Sandbox, workspace
from classroom.sandbox.bare import Bare
from classroom.sandbox.bubblewrap import Bubblewrap
from classroom.sandbox.container import Container
from classroom.sandbox.kernel_client import Broken, Kernel
from classroom.sandbox.work_folders import temporary_work_folder

KINDS: dict[str, type[Sandbox]] = {
    "bubblewrap": Bubblewrap,
    "container": Container,
    "none": Bare,
}


def choose(name: str | None = None) -> Sandbox:
    """Return a sandbox that works here.

    Args:
        name: one of KINDS; if None, the first that works, but never `none`.

    Raises:
        NoSandbox: that sandbox does not work, or none does.
    """
    complaints = []
    for kind in [name] if name else ["bubblewrap", "container"]:
        try:
            return _tried(KINDS[kind]())
        except NoSandbox as error:
            complaints.append(f"{kind}: {error}")
    raise NoSandbox(
        f"Students' notebooks run in a sandbox, but none works here. {' '.join(complaints)} "
        "With --sandbox none, they run without one: they can then read and change all your files."
    )


def _tried(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox after starting a kernel in it and talking to it.

    Raises:
        NoSandbox: the kernel does not start, or cannot be reached (as in a virtual machine).
    """
    with temporary_work_folder() as folder:
        space = workspace(folder / "tried", sandbox)
        try:
            with Kernel(sandbox, space, "", time.monotonic() + 60) as kernel:
                kernel.run("pass")
        except (OSError, Broken) as error:
            words = error.stderr if isinstance(error, Broken) else ""
            reason = (words or str(error)).splitlines()[-1]
            raise NoSandbox(f"No kernel answers ({reason}).") from error
    return sandbox
