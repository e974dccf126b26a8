"""The tracking server comes with Jupyter, and its UI is shown there: a server extension.

The configuration in `jupyter_data/` is installed with the course and switches it on.
"""

import atexit
import os
import signal

from jupyter_server import CallContext
from jupyter_server.serverapp import ServerApp
from tornado import web

from helpers.address import ENVIRONMENT, RUNS, is_foreign, is_here, named_url, use
from helpers.server import EmbeddedServer, ServerError


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Leave the solutions out of the list of files, where they would come first."""
    app.contents_manager.hide_globs.append("solutions")


def _link_jupyter_server_extension(app: ServerApp) -> None:
    """Begin to start the tracking server for Jupyter's kernels, unless there is one.

    Jupyter calls this of every extension before it loads the first one.
    """
    server = EmbeddedServer()
    os.environ.update(ENVIRONMENT)  # kernels inherit it, and what is set below
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
    use(server.url)
    if (user := os.environ.get("JUPYTERHUB_USER")) and not server.at_url:  # others use it too
        os.environ.setdefault("EXPERIMENT_PREFIX", f"{user}-")
    if prefix := os.environ.get("EXPERIMENT_PREFIX"):
        app.log.info(f"The names of your experiments on the server begin with {prefix!r}.")
    if is_here(server.url):
        _show_ui(app, server.port)


def _show_ui(app: ServerApp, port: int) -> None:
    """Let jupyter-server-proxy, which is not loaded yet, show the MLflow UI below `mlflow/`."""
    ui = {"port": port, "request_headers_override": _headers, "update_last_activity": False}
    entry = {"title": "MLflow", "path_info": f"mlflow{RUNS}"}
    app.config.ServerProxy.servers.update({"mlflow": {**ui, "launcher_entry": entry}})
    if "JUPYTERHUB_SERVICE_PREFIX" in os.environ:  # the browser is on another machine
        os.environ.setdefault("TRACKING_UI_URL", f"{app.base_url}mlflow")


def _headers(port: int) -> dict[str, str]:
    """Let a request pass as one of MLflow's own pages, which MLflow's defence would refuse.

    So the defence is here. jupyter-server-proxy has asked for Jupyter's token or cookie by now, but
    a browser sends the cookie along whatever page asks.

    Raises:
        web.HTTPError: a page of another site asks, or another user's server would answer.
    """
    handler = CallContext.get(CallContext.JUPYTER_HANDLER)
    asked = handler.request
    said = "Origin" in asked.headers or asked.method in ("GET", "HEAD")  # else a browser says it
    if not handler.check_origin() or not (said or handler.token_authenticated):
        raise web.HTTPError(403, "The MLflow UI answers to pages of its own address alone.")
    if not named_url() and is_foreign(port):
        raise web.HTTPError(503, f"Port {port} has become another user's: restart Jupyter.")
    return {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
