"""helpers.server without a server that starts: where it is, whose, and each refusal a sentence."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from helpers import server
from helpers.server import EmbeddedServer, ServerError, settings
from helpers.server.settings import ENVIRONMENT, OPTIONS
from tools.lessons import ROOT
from tools.servers import free_url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_asking_where_the_server_is_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    assert server.default_url().startswith("http://localhost:")
    assert EmbeddedServer(folder).url == server.default_url()
    assert dict(os.environ) == before
    assert not folder.exists()


def test_a_port_taken_by_something_else_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServerError, match=f"Port {port} is taken"):
            EmbeddedServer(folder, f"http://localhost:{port}").start()
    assert not folder.exists()


@pytest.fixture
def other_user() -> Iterator[int]:
    """A port at which a program of another user listens."""
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("only root can be another user")
    os.seteuid(65534)
    with socket.create_server(("127.0.0.1", 0)) as other:
        os.seteuid(0)
        yield other.getsockname()[1]


def test_another_users_port_is_passed_over_unless_it_is_named(
    other_user: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = f"http://localhost:{other_user}"
    monkeypatch.setattr(settings, "PORTS", range(other_user, other_user + 50))
    monkeypatch.setenv("FOUND_TRACKING_URI", "")  # is as it was afterwards
    monkeypatch.setenv("MLFLOW_TRACKING_URI", theirs)
    assert server.default_url() == theirs
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert server.default_url() != theirs
    server.use(theirs)  # was found here once, and its server ended
    assert server.default_url() != theirs
    server.use(server.default_url())
    assert os.environ["MLFLOW_TRACKING_URI"] == server.default_url()
    monkeypatch.setattr(os, "getuid", lambda: 20001)  # a student; the port is root's now
    with socket.create_server(("127.0.0.1", 0)) as roots:
        assert settings.is_foreign(roots.getsockname()[1])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ServerError, match=r"data folder .* cannot be used"):
        EmbeddedServer(tmp_path / "file" / "data", free_url()).start()


def test_a_database_that_is_none_is_named(folder: Path) -> None:
    folder.mkdir()
    (folder / "mlflow.db").write_text("no database " * 100)
    with pytest.raises(ServerError, match="not a database"):
        EmbeddedServer(folder, free_url()).start()


def test_an_address_elsewhere_is_not_started_here(folder: Path) -> None:
    with pytest.raises(ServerError, match="is not on this machine"):
        EmbeddedServer(folder, "http://192.0.2.1:8080").start()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no gunicorn")
def test_the_container_and_the_embedded_server_are_run_alike() -> None:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["mlflow"]
    before, _, after = service["command"][-1].partition("exec mlflow server ")
    assert "PRAGMA journal_mode=WAL" in before
    words = shlex.split(after)
    words.remove("--serve-artifacts")  # the default
    options = dict(zip(words[::2], words[1::2], strict=True))
    for its_own in ("--host", "--port", "--backend-store-uri", "--artifacts-destination"):
        del options[its_own]
    assert options == dict(zip(OPTIONS[::2], OPTIONS[1::2], strict=True))
    assert service["environment"] == ENVIRONMENT
