"""helpers.server without a server that starts: where it is, whose, and each refusal a sentence."""

from __future__ import annotations

import json
import os
import shlex
import socket
from pathlib import Path

import pytest
import yaml

from helpers import address, server
from helpers.address import ENVIRONMENT, OPTIONS
from helpers.server import EmbeddedServer, ServerError
from tools.lessons import ROOT
from tools.servers import free_url


def test_asking_where_the_server_is_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    assert server.default_url().startswith("http://localhost:")
    EmbeddedServer(tmp_path / "data")
    assert dict(os.environ) == before
    assert [*tmp_path.iterdir()] == []
    (tmp_path / "server.json").write_text(json.dumps({"port": 8080, "pid": os.getpid()}))
    assert EmbeddedServer(tmp_path).processes() == []  # a number used again is another process


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    new, file, broken = (tmp_path / name for name in ("new", "file", "broken"))
    file.write_text("in the way")
    broken.mkdir()
    (broken / "mlflow.db").write_text("no database " * 100)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for folder, url, said in (
            (new, f"http://localhost:{port}", f"Port {port} is taken"),
            (new, "http://192.0.2.1:8080", "is not on this machine"),
            (file / "data", free_url(), "data folder .* cannot be used"),
            (broken, free_url(), "not a database"),
        ):
            with pytest.raises(ServerError, match=said):
                EmbeddedServer(folder, url).start()
    assert not new.exists()


def test_another_users_port_is_passed_over_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("only root can be another user")
    os.seteuid(65534)
    with socket.create_server(("127.0.0.1", 0)) as other:
        os.seteuid(0)
        port = other.getsockname()[1]
        theirs = f"http://localhost:{port}"
        monkeypatch.setattr(address, "PORTS", range(port, port + 50))
        monkeypatch.setenv("FOUND_TRACKING_URI", "")  # is as it was afterwards
        monkeypatch.setenv("MLFLOW_TRACKING_URI", theirs)
        assert server.default_url() == theirs
        monkeypatch.delenv("MLFLOW_TRACKING_URI")
        address.use(theirs)  # was found here once, and its server ended
        assert server.default_url() != theirs


@pytest.mark.skipif(os.name != "posix", reason="Windows has no gunicorn")
def test_the_container_and_the_embedded_server_are_run_alike() -> None:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["mlflow"]
    words = shlex.split(service["command"][-1])
    assert set(OPTIONS) < set(words)
    assert any("PRAGMA journal_mode=WAL" in word for word in words)
    assert service["environment"] == ENVIRONMENT
