"""Where the tracking server is expected, what answers there, and how the embedded one is run."""

import os
import re
import socket
import sys
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
import psutil
import requests

PORTS = range(8080, 9080)
RUNS = "/#/experiments?workflowType=machine_learning"  # else the UI opens its pages for GenAI
# docker-compose.yml has the same options, and says why.
GUNICORN = "--worker-class gthread --threads 8 --timeout 0 --graceful-timeout 1 --no-control-socket"
OPTIONS = ["--workers", "1", "--gunicorn-opts", GUNICORN]
if os.name != "posix":  # Windows has no gunicorn; nobody reads a line a request in the log
    OPTIONS = ["--workers", "1", "--uvicorn-opts", "--no-access-log"]
ENVIRONMENT = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
# A search that finds nothing. One that could would be repeated by a server with accounts, page by
# page, until it comes to an experiment of the user's own.
_NONE = {"max_results": 1, "filter": "name = ''"}
CHECKOUT = Path(__file__).resolve().parents[1]


def named_url() -> str:
    """Return `MLFLOW_TRACKING_URI` if somebody set it, and "" if `use` did."""
    url = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")
    return "" if url == os.environ.get("FOUND_TRACKING_URI") else url


def use(url: str) -> None:
    """Let MLflow, here and in whatever is started from here, log to a server.

    An address that nobody has named is noted as found: the server may be elsewhere the next time.

    Args:
        url: the server's address.
    """
    if not named_url():
        os.environ["FOUND_TRACKING_URI"] = url
    os.environ["MLFLOW_TRACKING_URI"] = url


def is_foreign(port: int) -> bool:
    """Tell whether what listens at a port here is another user's; root's, as Docker's, is not.

    Linux alone says whose a socket is (https://docs.kernel.org/networking/proc_net_tcp.html); on
    other systems nothing is another user's.

    Args:
        port: the port.
    """
    tables = [table.read_text() for table in Path("/proc/net").glob("tcp*")]
    sockets = [line.split() for table in tables for line in table.splitlines()]
    there = [s for s in sockets if s[3] == "0A" and s[1].endswith(f":{port:04X}")]  # it listens
    return any(int(s[7]) not in (0, os.getuid()) for s in there)


def folder_at(port: int) -> Path | None:
    """Return the data folder of the embedded server at a port here; None if there is none.

    It may be that of another copy of the course.

    Args:
        port: the port.
    """
    for process in psutil.process_iter(["cmdline"]):
        options = dict(pairwise(process.info["cmdline"] or ()))
        if options.get("--port") == str(port) and "--artifacts-destination" in options:
            return Path(options["--artifacts-destination"]).parent
    return None


def anothers(folder: Path) -> str:
    """Say whose the server at the usual port is, if it has another data folder; else return "".

    Args:
        folder: the data folder of the server that is meant.
    """
    theirs, usual = folder_at(PORTS[0]), f"http://localhost:{PORTS[0]}"
    if theirs in (None, folder):
        return ""
    return f"The server at {usual} is that of {theirs}. MLFLOW_TRACKING_URI={usual} would use it."


def claim(port: int) -> socket.socket | None:
    """Claim a free port for a server that is to start; return what holds it, None if it is taken.

    Until the server listens, the UDP port of the same number stands for it: on a hub, a class
    starts all at once.

    Args:
        port: the port.
    """
    held = socket.socket(type=socket.SOCK_DGRAM)
    with suppress(OSError), socket.socket() as asking:
        held.bind(("127.0.0.1", port))
        if asking.connect_ex(("127.0.0.1", port)):
            return held
    held.close()
    return None


def is_here(url: str) -> bool:
    """Tell whether an address is one of this machine.

    >>> is_here("http://localhost:8080"), is_here("https://class.example")
    (True, False)
    """
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


class ServerBusy(ConnectionError):
    """Something listens at the address, and has not answered in time."""


def probe(url: str, timeout: float = 4.5) -> str:
    """Return the MLflow version of the server at `url`.

    Asks a route that needs the database as well, because `/health` and `/version` do not; with
    the account of `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, as MLflow does.

    Args:
        url: the server's address, such as `http://localhost:8080`.
        timeout: the longest wait for each of the two answers, in seconds.

    Raises:
        ConnectionRefusedError: it wants an account, or another password.
        ServerBusy: it takes the question, and does not answer it in time.
        ConnectionError: nothing answers, or what answers is no working MLflow server.
    """
    _bypass_proxy(url)
    route, user = f"{url}/api/2.0/mlflow/experiments/search", os.getenv("MLFLOW_TRACKING_USERNAME")
    auth = (user, os.getenv("MLFLOW_TRACKING_PASSWORD", "")) if user else None
    try:
        version = requests.get(f"{url}/version", timeout=timeout, auth=auth)
        search = requests.post(route, json=_NONE, timeout=timeout, auth=auth)
    except requests.ReadTimeout as error:
        raise ServerBusy(f"Nothing answers at {url}.") from error
    except requests.RequestException as error:
        raise ConnectionError(f"Nothing answers at {url}.") from error
    if search.status_code == 401:
        raise ConnectionRefusedError(
            f"The server at {url} refuses {user or 'users without a name'} with this password. Set "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, then start Jupyter again."
        )
    if search.status_code == 403:  # `/version` answers all the same
        raise ConnectionError(
            f"The server at {url} refuses this host name (403). Start it with "
            f"MLFLOW_SERVER_ALLOWED_HOSTS={urlsplit(url).netloc}, or use a name that it allows."
        )
    if not re.fullmatch(r"\d+\.\d[\w.]*", version.text):
        raise ConnectionError(f"What answers at {url} is not an MLflow tracking server.")
    if not search.ok:
        raise ConnectionError(f"The server at {url} fails for want of its database; see its log.")
    return version.text


def _bypass_proxy(url: str) -> None:
    """Keep requests to a server on this machine from a proxy, which could not reach it.

    Each request is a little faster for it as well: nothing is left to look up in the environment.
    """
    host = urlsplit(url).hostname
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if is_here(url) and direct != "*" and host not in direct.split(","):
        os.environ["no_proxy"] = f"{direct},{host}".lstrip(",")


def data_dir() -> Path:
    """Return the data folder: `.mlflow/` of the checkout if it is writable, else the user's own."""
    if (CHECKOUT / "pyproject.toml").exists() and os.access(CHECKOUT, os.W_OK):
        return CHECKOUT / ".mlflow"
    return platformdirs.user_data_path("mlflow-parent-child-course", appauthor=False)


def command(port: int, folder: Path) -> list[str]:
    """Return the command that runs the embedded server, for this machine only.

    Args:
        port: where it listens.
        folder: where it keeps its database and its artifacts.
    """
    listen = ["--host", "127.0.0.1", "--port", str(port)]
    keep = ["--backend-store-uri", f"sqlite:///{(folder / 'mlflow.db').as_posix()}"]
    keep += ["--artifacts-destination", str(folder / "artifacts")]
    return [sys.executable, "-m", "mlflow", "server", *listen, *keep, *OPTIONS]
