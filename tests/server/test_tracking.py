"""helpers.tracking: where runs go, what is said when they cannot, and sound parents."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import pytest
import requests
from urllib3.exceptions import InsecureRequestWarning

from helpers import Experiment, ServerUnreachable, connect
from helpers.tracking import find_experiment, prefixed
from tests.shared import serving

ACCOUNTS = ("Bearer a-token", f"Basic {base64.b64encode(b'ada:secret').decode()}")


def test_connect_makes_the_experiment_active_under_the_prefix(
    experiment: Experiment, tracking_uri: str, sent: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    title = experiment.name.removeprefix(os.environ["EXPERIMENT_PREFIX"])  # as a lesson says it
    assert prefixed(title) == experiment.name != title
    sent.clear()
    page = f"{tracking_uri}/#/experiments/{experiment.experiment_id}/runs"
    assert repr(experiment).startswith(f"{experiment.name} in the MLflow UI: {page}?")
    assert f'href="{page}?' in experiment._repr_html_()
    assert sent == []  # it shows itself with the server gone, too

    outer = mlflow.start_run(run_name="outer")
    mlflow.start_run(run_name="inner", nested=True)
    assert outer.info.experiment_id == experiment.experiment_id
    assert connect(title) == experiment
    printed = capsys.readouterr().out
    assert "left the run 'inner' active" in printed
    assert "left the run 'outer' active" in printed
    mlflow.delete_experiment(experiment.experiment_id)
    assert connect(title) == experiment
    assert "was deleted. It is now restored" in capsys.readouterr().out
    assert list(mlflow.search_runs()["status"]) == ["FAILED", "FAILED"]
    with pytest.raises(LookupError, match=r"no experiment '.*never made'"):
        find_experiment("never made")
    for name in ("", "  ", None):
        with pytest.raises(ValueError, match="needs a name"):
            connect(name)


def test_a_server_that_never_answers_or_refuses_a_host_name_is_no_server(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = f"127.1:{urlsplit(tracking_uri).port}"  # reaches 127.0.0.1
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://{refused}")
    with pytest.raises(ServerUnreachable, match=rf"\(403\).*ALLOWED_HOSTS={refused}"):
        connect("No Child Runs")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ServerUnreachable, match="Nothing answers"):
            connect("No Child Runs")


@pytest.fixture
def guarded_server(tracking_uri: str, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A proxy of the tracking server that speaks TLS and wants an account or a token.

    Yields:
        Its address, and the file with its certificate, which nobody else has signed.
    """

    def guard(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        if request.headers["Authorization"] not in ACCOUNTS:
            return 401, b""
        kind = {"Content-Type": request.headers["Content-Type"] or ""}
        url = tracking_uri + request.path
        answer = requests.request(request.command, url, data=body, headers=kind, timeout=60)
        return answer.status_code, answer.content

    if not shutil.which("openssl"):
        pytest.skip("needs openssl, which signs a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    sign = (
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    command = ["openssl", *sign.split(), "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(guard, context) as url:
        yield url, certificate


def test_connect_accepts_what_mlflows_client_accepts(
    guarded_server: tuple[str, Path],
    experiment: Experiment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, certificate = guarded_server
    title = experiment.name.removeprefix(os.environ["EXPERIMENT_PREFIX"])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    for home in ("HOME", "USERPROFILE"):  # with no credentials file yet
        monkeypatch.setenv(home, str(tmp_path))
    with pytest.raises(ServerUnreachable, match=r"does not trust the certificate of"):
        connect(title)
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
    with pytest.raises(ServerUnreachable, match="refuses users without a name"):
        connect(title)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "a-token")
    assert connect(title) == experiment
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
    (tmp_path / ".mlflow").mkdir()
    account = "[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = secret\n"
    (tmp_path / ".mlflow" / "credentials").write_text(account)
    assert connect(title) == experiment
    monkeypatch.delenv("MLFLOW_TRACKING_SERVER_CERT_PATH")
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    with pytest.warns(InsecureRequestWarning):
        assert connect(title) == experiment


def test_a_shared_server_without_a_prefix_is_warned_of(
    experiment: Experiment,
    tracking_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("EXPERIMENT_PREFIX")
    assert connect(experiment.name) == experiment
    assert capsys.readouterr().out == ""  # this machine's own
    # An address elsewhere that reaches this server all the same: it serves as a proxy.
    monkeypatch.setenv("http_proxy", tracking_uri)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://10.0.0.1:8080")
    connect(experiment.name)
    assert "Set EXPERIMENT_PREFIX to keep your runs apart." in capsys.readouterr().out
    monkeypatch.setenv("EXPERIMENT_PREFIX", experiment.name)
    prefixed_twice = connect(
        experiment.name
    )  # a prefix is put before a name that begins with it, too
    assert prefixed_twice.name == experiment.name * 2
    assert find_experiment(experiment.name) == find_experiment(prefixed_twice) == prefixed_twice
    assert capsys.readouterr().out == ""
