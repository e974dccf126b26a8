"""Use bubblewrap as a sandbox: Linux namespaces without a daemon, started in about 10 ms.

https://github.com/containers/bubblewrap
"""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import chain
from pathlib import Path

from classroom.sandbox import (
    HIDDEN,
    HOME,
    TEMPORARY,
    NoSandbox,
    Sandbox,
    Workspace,
    visible_paths,
)

_NO_MORE_NAMESPACES = ("--unshare-user", "--disable-userns")
# Linux settings about namespaces of ordinary users: the value that forbids, the one that allows.
_FORBIDDING = {
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),  # Ubuntu, from 24.04 on
    "kernel.unprivileged_userns_clone": ("0", "1"),  # Debian, before 11
    "user.max_user_namespaces": ("0", "10000"),
}


class Bubblewrap(Sandbox):
    """Run a program in its own namespaces: files, processes, network, users."""

    name = "bubblewrap"

    def __init__(self) -> None:
        """Find out what this machine's bubblewrap can do.

        Raises:
            NoSandbox: it is not installed, or this user may not use it.
        """
        if not shutil.which("bwrap"):
            raise NoSandbox("It is not installed: sudo apt install bubblewrap.")
        # Versions before 0.8 (Ubuntu 22.04 has 0.6.1) cannot disable namespaces. If only root may
        # create them, a student's program can't either, because it never runs as root.
        self.disables = _works(*_NO_MORE_NAMESPACES)
        if not self.disables and not _works("--unshare-user") and os.geteuid():
            raise NoSandbox(_why_forbidden())

    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line; see Sandbox."""
        folder, user = workspace.folder, workspace.user
        options = [
            ("--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"),
            _AS_ROOT if user else ("--unshare-all", "--unshare-user"),
            _NO_MORE_NAMESPACES if self.disables and not user else (),
            *(("--setenv", *item) for item in workspace.variables(store).items()),
            ("--proc", "/proc", "--dev", "/dev"),
            *(("--bind", str(folder / name), path) for name, path in TEMPORARY.items()),
            *map(_shown, visible_paths()),
            *(("--tmpfs", str(path), "--remount-ro", str(path)) for path in HIDDEN),
            ("--bind", str(folder), HOME, "--remount-ro", "/dev", "--remount-ro", "/", "--"),
            _as_user(user) if user else (),
            # Namespaces can be disabled only from inside a user namespace, in which root could not
            # switch to another user. So that user runs a second bubblewrap.
            _AGAIN if self.disables and user else (),
        ]
        program = workspace.program(RLIMIT_NPROC=workspace.limits.processes)
        return ["bwrap", *chain(*options), *program]

    def end(self, folder: Path) -> None:
        """Do nothing: everything ends with the process that started it (--die-with-parent)."""


# Root creates no user namespace. _as_user gives up the capabilities that are left.
_AS_ROOT = (
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"),
)

_AGAIN = ("bwrap", "--die-with-parent", *_NO_MORE_NAMESPACES, "--dev-bind", "/", "/", "--")


def _as_user(user: int) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def _works(*options: str) -> bool:
    """Tell whether bubblewrap works with these options for an ordinary user."""
    nobody = _as_user(65534) if os.geteuid() == 0 else []
    command = [*nobody, "bwrap", *options, "--dev-bind", "/", "/", "true"]
    return not subprocess.run(command, capture_output=True, cwd="/").returncode


def _why_forbidden() -> str:
    """Return which Linux setting forbids the namespaces, and what to do about it."""
    for name, (forbidden, allowed) in _FORBIDDING.items():
        file = Path("/proc/sys", name.replace(".", "/"))
        if file.is_file() and file.read_text().strip() == forbidden:
            return (
                f"This system does not let ordinary users create the namespaces that it needs "
                f"({name} is {forbidden}). To allow them until the next restart: "
                f"sudo sysctl -w {name}={allowed}."
            )
    return "This system does not let ordinary users create the namespaces that it needs."


def _shown(path: Path) -> list[str]:
    """Return the options that make a path visible, read-only, with otherwise empty parents."""
    if path.is_symlink() and path.parent == Path("/"):
        return ["--symlink", str(path.readlink()), str(path)]
    parents = [str(parent) for parent in path.parents[-2::-1]]
    above = [word for parent in parents for word in ("--perms", "755", "--dir", parent)]
    return [*above, "--ro-bind", str(path), str(path)]
