"""The embedded tracking server: start it, stop it, ask how it is.

The same `mlflow server` as docker-compose.yml, as a process of this machine, without a
container engine. In a shell: `python -m tools.tracking_server start | stop`.
"""

from helpers.server.embedded import EmbeddedServer, ServerError, default_url
from helpers.server.settings import ServerBusy, anothers, is_here, probe, use

__all__ = ["EmbeddedServer", "ServerBusy", "ServerError", "anothers", "default_url", "is_here",
           "probe", "start_server", "use"]  # fmt: skip


def start_server() -> str:
    """Start the embedded tracking server and wait until it answers, unless one answers already.

    Returns:
        Which server answers now, in a sentence.

    Raises:
        ServerError: it cannot be started; the message says why and what to do.
    """
    return EmbeddedServer().start()
