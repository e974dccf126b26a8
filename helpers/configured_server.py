"""Tell which tracking server is configured, and what answers at its address."""

import os
import re
from contextlib import closing, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import psutil

# A search that matches nothing. If it could match, a server with accounts would read page after
# page until it found an experiment that this user may see.
_NOTHING = {"max_results": 1, "filter": "name = ''"}
_found_url = ""  # the address that this process, not the user, put into MLFLOW_TRACKING_URI


def configured_url() -> str:
    """Return `MLFLOW_TRACKING_URI` if the user set it, and "" if `use` did."""
    url = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")
    return "" if url == _found_url else url


def use(url: str) -> None:
    """Make MLflow log to a server, in this process and in those that it starts.

    Args:
        url: the server's address. If the user did not set it, it may change at the next start.
    """
    global _found_url
    if url != configured_url():
        _found_url = url
    os.environ["MLFLOW_TRACKING_URI"] = url


def is_here(url: str) -> bool:
    """Tell whether an address belongs to this machine.

    >>> is_here("http://localhost:8080"), is_here("https://class.example")
    (True, False)
    """
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


def listening_ports(process: psutil.Process) -> set[int]:
    """Return the TCP ports that a process listens on."""
    with suppress(psutil.Error):
        connections = process.net_connections("tcp")
        return {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN}
    return set()


def is_answering(url: str) -> bool:
    """Tell whether the server answers, so it has loaded MLflow."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=5)) as connection, suppress(OSError):
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    return False


class ServerBusy(ConnectionError):
    """Something listens at the address but did not answer in time."""


def probe(url: str, timeout: float = 4.5) -> str:
    """Return the MLflow version of the server at `url`.

    Sends requests as MLflow's own client does: with the same account, token, certificates and
    proxies. One of them needs the database, which `/health` and `/version` do not.

    Args:
        url: the server's address, such as `http://localhost:8080`.
        timeout: the longest wait for each of the two answers, in seconds.

    Raises:
        ConnectionRefusedError: the server needs an account, or rejects the password or token.
        ServerBusy: the server accepted a request but did not answer it in time.
        ConnectionError: nothing answers, or it is not a working MLflow server.
    """
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    _bypass_proxy(url)
    client = get_default_host_creds(url)
    options = {"timeout": timeout, "max_retries": 0, "raise_on_status": False}
    try:
        search = http_request(
            client, "/api/2.0/mlflow/experiments/search", "POST", json=_NOTHING, **options
        )
        version = http_request(client, "/version", "GET", **options)
    except Exception as error:  # MLflow wraps any failure in its own exception
        raise _explain(url, error) from error
    if search.status_code == 401:
        who = client.username or "users without a name"
        raise ConnectionRefusedError(
            f"The server at {url} refuses {who} with this password. Set MLFLOW_TRACKING_USERNAME "
            "and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, then start Jupyter again."
        )
    if search.status_code == 403:  # `/version` answers all the same
        raise ConnectionError(
            f"The server at {url} refuses this host name (403). Start it with "
            f"MLFLOW_SERVER_ALLOWED_HOSTS={urlsplit(url).netloc}, or use a name that it allows."
        )
    if not re.fullmatch(r"\d+\.\d[\w.]*", version.text):
        raise ConnectionError(f"What answers at {url} is not an MLflow tracking server.")
    if not search.ok:
        raise ConnectionError(
            f"The server at {url} cannot reach its database. See the server's log."
        )
    return str(version.text)


def _explain(url: str, error: Exception) -> ConnectionError:
    """Return an error that explains why a request got no answer."""
    if "Read timed out" in str(error):
        return ServerBusy(f"Nothing answers at {url}.")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ConnectionError(
            f"This machine does not trust the certificate of {url}. Set "
            "MLFLOW_TRACKING_SERVER_CERT_PATH to the file with the certificate that you got from "
            "your instructor."
        )
    return ConnectionError(f"Nothing answers at {url}.")


def _bypass_proxy(url: str) -> None:
    """Send requests to a server on this machine directly: a proxy could not reach it.

    This also makes each request a little faster, because no proxy is looked up.
    """
    host = urlsplit(url).hostname
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if is_here(url) and direct != "*" and host not in direct.split(","):
        os.environ["no_proxy"] = f"{direct},{host}".lstrip(",")
