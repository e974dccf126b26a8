"""The tracking server comes with Jupyter: a server extension, which starts it and ends it.

The configuration in `jupyter_data/` is installed with the course and switches it on.
"""

import atexit
import os
import signal

from jupyter_server.serverapp import ServerApp

from helpers.server.embedded import EmbeddedServer, ServerError
from helpers.server.settings import ENVIRONMENT


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Begin to start the tracking server for Jupyter's kernels, unless there is one."""
    app.contents_manager.hide_globs.append("solutions")  # not the first thing to see in the list
    server = EmbeddedServer()
    os.environ.update(ENVIRONMENT, MLFLOW_TRACKING_URI=server.url)  # kernels inherit it
    if prefix := os.environ.get("EXPERIMENT_PREFIX"):
        app.log.info(f"The names of your experiments on the server begin with {prefix!r}.")
    try:
        if answering := server.status():
            app.log.info(answering)
        elif not server.at_url:
            server.launch()
            app.log.info(f"Starting the embedded tracking server at {server.url}")
            atexit.register(server.stop)
            if hasattr(signal, "SIGHUP"):  # a closed terminal, which Jupyter would just die of
                signal.signal(signal.SIGHUP, lambda *_: app.stop(from_signal=True))
    except ServerError as error:
        app.log.warning(str(error))
