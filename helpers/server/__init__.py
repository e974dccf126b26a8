"""The embedded tracking server: start it, stop it, ask how it is.

The same `mlflow server` as docker-compose.yml, as a process of this machine, without a
container engine. In a shell: `python -m tools.tracking_server start | stop | status`.
"""

from helpers.server.embedded import EmbeddedServer, ServerError, default_url
from helpers.server.settings import ServerBusy, anothers, is_here, probe, use

__all__ = ["EmbeddedServer", "ServerBusy", "ServerError", "anothers", "default_url", "is_here",
           "probe", "server_status", "start_server", "stop_server", "use"]  # fmt: skip


def server_status(url: str | None = None) -> str:
    """Say in a sentence which tracking server answers at `url`; return "" if none does.

    Args:
        url: its address; where the tracking server is expected if None.
    """
    return EmbeddedServer(url=url).status()


def start_server(url: str | None = None) -> str:
    """Start the embedded tracking server and wait until it answers, unless one answers already.

    Args:
        url: its address on this machine; where the tracking server is expected if None.

    Raises:
        ServerError: it cannot be started; the message says why and what to do.
    """
    return EmbeddedServer(url=url).start()


def stop_server() -> bool:
    """Stop the embedded tracking server; return whether there was one."""
    return EmbeddedServer().stop()
