"""The tracking server comes with Jupyter, and its UI is shown there: a server extension.

The configuration in `jupyter_data/` is installed with the course and switches it on.
"""

import os
import signal
from urllib.parse import urlsplit

from jupyter_server import CallContext
from jupyter_server.serverapp import ServerApp
from tornado import web

from helpers.address import is_here, named_url
from helpers.data_folder import ServerError
from helpers.server import ENVIRONMENT, RUNS, EmbeddedServer, default_url


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Leave the solutions out of the list of files, where they would come first."""
    app.contents_manager.hide_globs.append("solutions")


def _link_jupyter_server_extension(app: ServerApp) -> None:
    """Begin to start the embedded tracking server for Jupyter's kernels, unless another is named.

    Jupyter calls this of every extension before it loads the first one. The server ends by itself
    with the last JupyterLab that uses it.
    """
    os.environ.update(ENVIRONMENT)  # kernels inherit it
    if hasattr(signal, "SIGHUP"):  # a closed terminal: end the kernels as well
        signal.signal(signal.SIGHUP, lambda *_: app.stop(from_signal=True))
    if url := named_url():
        app.log.info(f"The tracking server is {url}, as MLFLOW_TRACKING_URI says.")
        if user := os.environ.get("JUPYTERHUB_USER"):  # others use it too
            os.environ.setdefault("EXPERIMENT_PREFIX", f"{user}-")
    else:
        try:
            EmbeddedServer().launch(lab=True)
            app.log.info(f"The embedded tracking server is at {default_url()}")
        except ServerError as error:
            app.log.warning(str(error))
    if prefix := os.environ.get("EXPERIMENT_PREFIX"):
        app.log.info(f"The names of your experiments on the server begin with {prefix!r}.")
    if is_here(default_url()):
        _show_ui(app, urlsplit(default_url()).port or 80)


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
    request = handler.request
    # A browser names the page that asks, except in requests that change nothing.
    known = "Origin" in request.headers or request.method in ("GET", "HEAD")
    if not handler.check_origin() or not (known or handler.token_authenticated):
        raise web.HTTPError(403, "The MLflow UI answers only to pages of its own address.")
    if not named_url() and urlsplit(EmbeddedServer().url).port != port:
        raise web.HTTPError(503, "The tracking server has stopped or moved: restart Jupyter.")
    return {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
