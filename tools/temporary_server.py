"""Find a free port, and start an embedded server for a while in a temporary folder."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from helpers.server import EmbeddedServer


def free_url() -> str:
    """Return a URL on this machine with a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://localhost:{free.getsockname()[1]}"


@contextmanager
def temporary_server() -> Iterator[EmbeddedServer]:
    """Start a server in a temporary folder; remove both whatever happens."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = EmbeddedServer(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
