"""The address of a tracking server: is one named, and what answers there?"""

import os
import re
from urllib.parse import urlsplit

# A search that finds nothing. One that could would be repeated by a server with accounts, page by
# page, until it comes to an experiment of the user's own.
_NOTHING = {"max_results": 1, "filter": "name = ''"}
_found_url = ""  # what this process set MLFLOW_TRACKING_URI to: an address that nobody has named


def named_url() -> str:
    """Return `MLFLOW_TRACKING_URI` if somebody set it, and "" if `use` did."""
    url = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")
    return "" if url == _found_url else url


def use(url: str) -> None:
    """Let MLflow, here and in whatever is started from here, log to a server.

    Args:
        url: the server's address; one that nobody has named may be elsewhere the next time.
    """
    global _found_url
    if url != named_url():
        _found_url = url
    os.environ["MLFLOW_TRACKING_URI"] = url


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

    Asks as MLflow's own client does: with the same account, token, certificates and proxies. Asks
    a route that needs the database as well, because `/health` and `/version` do not.

    Args:
        url: the server's address, such as `http://localhost:8080`.
        timeout: the longest wait for each of the two answers, in seconds.

    Raises:
        ConnectionRefusedError: the server wants an account, another password, or another token.
        ServerBusy: it takes the question, and does not answer it in time.
        ConnectionError: nothing answers, or what answers is no working MLflow server.
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
    except Exception as error:  # MLflow turns whatever happens into an error of its own
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
        raise ConnectionError(f"The server at {url} fails for want of its database; see its log.")
    return str(version.text)


def _explain(url: str, error: Exception) -> ConnectionError:
    """Return the sentence for a request that got no answer."""
    if "Read timed out" in str(error):
        return ServerBusy(f"Nothing answers at {url}.")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ConnectionError(
            f"The certificate of {url} is not trusted here. Set MLFLOW_TRACKING_SERVER_CERT_PATH "
            "to the file with the certificate that your instructor gave you."
        )
    return ConnectionError(f"Nothing answers at {url}.")


def _bypass_proxy(url: str) -> None:
    """Keep requests to a server on this machine from a proxy, which could not reach it.

    Each request is a little faster for it as well: nothing is left to look up in the environment.
    """
    host = urlsplit(url).hostname
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if is_here(url) and direct != "*" and host not in direct.split(","):
        os.environ["no_proxy"] = f"{direct},{host}".lstrip(",")
