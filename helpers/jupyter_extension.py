"""Start the tracking server together with Jupyter and show its UI there: a server extension.

The configuration in `jupyter_data/` enables it, and is installed with the course.
"""

import os
import signal
from urllib.parse import urlsplit

from jupyter_server import CallContext
from jupyter_server.serverapp import ServerApp
from tornado import web

from helpers.configured_server import configured_url, is_here
from helpers.data_folder import ServerError
from helpers.server import ENVIRONMENT, UI_ROUTE, EmbeddedServer, default_url

SERVER = EmbeddedServer()  # as long as this lives, the course's server does


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Hide the solutions in the file list, where they would come first."""
    app.contents_manager.hide_globs.append("solutions")


def _link_jupyter_server_extension(app: ServerApp) -> None:
    """Launch the embedded tracking server for Jupyter's kernels, unless another one is configured.

    Jupyter calls this for every extension before it loads the first one. The server stops by
    itself when the last JupyterLab that uses it ends.
    """
    app.answer_yes = True  # Ctrl-C stops Jupyter without asking
    os.environ.update(ENVIRONMENT)  # kernels inherit it
    if hasattr(signal, "SIGHUP"):  # a closed terminal: end the kernels as well
        signal.signal(signal.SIGHUP, lambda *_: app.stop(from_signal=True))
    if url := configured_url():
        app.log.info(f"The tracking server is {url}, as MLFLOW_TRACKING_URI says.")
        if user := os.environ.get("JUPYTERHUB_USER"):  # so the server is shared
            os.environ.setdefault("EXPERIMENT_PREFIX", f"{user}-")
    else:
        try:
            SERVER.launch(lab=True)
            app.log.info(f"The embedded tracking server is at {default_url()}")
        except ServerError as error:
            app.log.warning(str(error))
    if prefix := os.environ.get("EXPERIMENT_PREFIX"):
        app.log.info(f"The names of your experiments on the server begin with {prefix!r}.")
    if is_here(default_url()):
        _show_ui(app, urlsplit(default_url()).port or 80)


def _show_ui(app: ServerApp, port: int) -> None:
    """Set up jupyter-server-proxy, which is not loaded yet, to show the MLflow UI at `mlflow/`."""
    ui = {"port": port, "request_headers_override": _headers, "update_last_activity": False}
    entry = {"title": "MLflow", "path_info": f"mlflow{UI_ROUTE}"}
    app.config.ServerProxy.servers.update({"mlflow": {**ui, "launcher_entry": entry}})
    if prefix := os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):  # the browser is on another machine
        os.environ.setdefault("TRACKING_UI_URL", f"{prefix}mlflow")


def _headers(port: int) -> dict[str, str]:
    """Return headers that make a request look as if it came from MLflow's own pages.

    MLflow would refuse it otherwise, so this function protects against requests from other sites
    instead. jupyter-server-proxy has already checked Jupyter's token or cookie, but a browser sends
    the cookie with requests from any page.

    Raises:
        web.HTTPError: the request comes from another site's page, or would reach another user's
            server.
    """
    handler = CallContext.get(CallContext.JUPYTER_HANDLER)
    request = handler.request
    # A browser names the page that sends a request, except in requests that change nothing.
    known = "Origin" in request.headers or request.method in ("GET", "HEAD")
    if not handler.check_origin() or not (known or handler.token_authenticated):
        raise web.HTTPError(403, "The MLflow UI answers only requests from its own pages.")
    if not configured_url() and urlsplit(SERVER.url).port != port:
        raise web.HTTPError(503, "The tracking server has stopped or moved. Restart Jupyter.")
    return {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
