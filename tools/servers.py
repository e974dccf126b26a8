"""A free port, a tracking server for a while, a machine with several users: for tests and such."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers.server import EmbeddedServer

ROOT = Path(__file__).resolve().parents[1]


def free_url() -> str:
    """Return an address on this machine whose port is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://localhost:{free.getsockname()[1]}"


@contextmanager
def temporary_server() -> Iterator[EmbeddedServer]:
    """Start a server on a free port in a temporary folder; remove both whatever happens."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(folder, free_url())
        try:
            server.start()
            yield server
        finally:
            server.stop()


def shared_machine(*options: str) -> list[str]:
    """Return what, put before a command, runs it where every user can read the course, and no more.

    By bubblewrap, and for root. What lies on the way to the course and is closed to others, such
    as /root, is empty there but for that.

    Args:
        *options: what else bubblewrap is told, such as `--unshare-net`: no port is taken there.
    """
    course = sorted({Path(sys.base_prefix), Path(sys.prefix), ROOT})
    ways = sorted({way for path in course for way in path.parents})
    mounts: list[tuple[str | Path, ...]] = [("--dev-bind", "/", "/")]
    mounts += [("--tmpfs", way) for way in ways if not way.stat().st_mode & 0o001]
    mounts += [("--perms", "0755", "--dir", way) for way in ways]
    mounts += [("--ro-bind", path, path) for path in course]
    words = [str(word) for mount in mounts for word in mount]
    return ["bwrap", "--die-with-parent", "--cap-add", "ALL", *words, *options]
