"""bubblewrap as a sandbox: Linux's namespaces without a daemon, some 10 ms a start.

https://github.com/containers/bubblewrap
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from classroom.sandbox import HOME, INSIDE, PACKAGES, Sandbox, Workspace

_IN_MEMORY = ("/tmp", "/dev/shm")
# Of this machine's file system, beside Python and its packages.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache")


class Bubblewrap(Sandbox):
    """Runs a program in namespaces of its own: files, processes, network, users."""

    name = "bubblewrap"

    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line; see Sandbox."""
        user, limits, size = workspace.user, workspace.limits, str(workspace.limits.folder)
        return [
            "bwrap",
            *("--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"),
            *(_AS_ROOT if user else _AS_A_USER),
            *(word for item in workspace.variables(store).items() for word in ("--setenv", *item)),
            *("--proc", "/proc", "--dev", "/dev"),
            *(
                w
                for path in _IN_MEMORY
                for w in ("--perms", "1777", "--size", size, "--tmpfs", path)
            ),
            *(word for path in _needed() for word in _shown(path)),
            *("--bind", str(workspace.folder), HOME),
            *("--remount-ro", "/dev", "--remount-ro", "/"),
            *("--", sys.executable, str(INSIDE)),
            workspace.settings(user=user, RLIMIT_NPROC=limits.processes),
        ]

    def end(self, folder: Path) -> None:
        """Do nothing: all has ended with the process that started it (--die-with-parent)."""


_AS_A_USER = ("--unshare-all", "--unshare-user")
# In a user namespace, root could become no other user. So there is none, and `inside` gives up
# what is left of root's rights before it does anything else.
_AS_ROOT = (
    *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
    *("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"),
)


def _needed() -> Iterator[Path]:
    """Yield what Python and its packages need of this machine's file system."""
    yield from map(Path, _SYSTEM)
    for prefix in (sys.base_prefix, sys.prefix):
        yield Path(prefix)
        yield Path(prefix).resolve()
    yield from (*PACKAGES, INSIDE)


def _shown(path: Path) -> list[str]:
    """Return the options that show a path as it is here, read-only; its parents are empty."""
    if path.is_symlink() and path.parent == Path("/"):
        return ["--symlink", str(path.readlink()), str(path)]
    parents = [str(parent) for parent in path.parents[-2::-1]]
    above = [word for parent in parents for word in ("--perms", "755", "--dir", parent)]
    return [*above, "--ro-bind-try", str(path), str(path)]
