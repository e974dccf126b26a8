"""helpers.server without a server that starts: where it is, and each refusal a sentence."""

from __future__ import annotations

import json
import os
import platform
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml

from helpers import ServerUnreachable, connect, mlflow_server, server, supervisor
from helpers.data_folder import folder_lock
from helpers.server import ENVIRONMENT, EmbeddedServer, ServerError
from tools.lessons import ROOT
from tools.servers import free_url


def test_asking_where_the_server_is_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    before = dict(os.environ)
    assert server.default_url().startswith("http://localhost:")
    assert EmbeddedServer(tmp_path / "data").status() == ""
    assert dict(os.environ) == before
    assert [*tmp_path.iterdir()] == []


def test_a_state_file_that_is_cut_off_or_left_behind_is_no_server(tmp_path: Path) -> None:
    left_behind = {"url": "http://localhost:8080", "pid": os.getpid(), "host": platform.node()}
    for text in ("", "{", "{}", "[]", json.dumps(left_behind)):
        (tmp_path / "server.json").write_text(text)
        assert EmbeddedServer(tmp_path).url == ""
        assert EmbeddedServer(tmp_path).processes() == []
    with folder_lock(tmp_path):  # by a process that is no server: its number was used again
        assert EmbeddedServer(tmp_path).url == left_behind["url"]
        assert EmbeddedServer(tmp_path).processes() == []


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "no locks" / "server.lock").mkdir(parents=True)
    for name in ("file", "no locks"):
        with pytest.raises(ServerError, match=r"cannot be used: .* Copy the course to a folder on"):
            EmbeddedServer(tmp_path / name).start()
    elsewhere = {"url": "http://localhost:8080", "pid": 1, "host": "another machine"}
    (tmp_path / "server.json").write_text(json.dumps(elsewhere))
    with folder_lock(tmp_path), pytest.raises(ServerError, match="Another machine or container"):
        EmbeddedServer(tmp_path).start()


def test_a_named_server_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    url = free_url()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    with pytest.raises(ServerError, match=f"Nothing answers at {url}, which MLFLOW_TRACKING_URI"):
        server.start_server()
    with pytest.raises(ServerUnreachable, match=f"answers at {url}. MLFLOW_TRACKING_URI names it."):
        connect("No Child Runs")
    asked = [sys.executable, "-m", "helpers", "status"]
    answer = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout == f"No tracking server answers at {url}.\n"


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert supervisor.choose_port(taken) != taken
    assert supervisor.choose_port(taken) == taken


def test_a_jupyterlab_counts_while_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    supervisor.LABS.mkdir()
    living = supervisor.LABS / str(os.getpid())
    living.write_text(str(psutil.Process().create_time()))
    (supervisor.LABS / str(os.getppid())).write_text("0.0")  # another process had this number
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        ended = supervisor.LABS / str(process.pid)
        ended.write_text(str(psutil.Process(process.pid).create_time()))
        labs = supervisor.living_labs({})
        assert labs.keys() == {living, ended}
        process.kill()
    assert supervisor.living_labs(labs).keys() == {living}
    assert [*supervisor.LABS.iterdir()] == [living]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no gunicorn")
def test_the_container_and_the_embedded_server_are_run_alike() -> None:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["mlflow"]
    words = shlex.split(service["command"][-1])
    assert words[:3] == ["mlflow", "db", "upgrade"]
    assert mlflow_server.GUNICORN in words
    assert words[words.index("--workers") + 1] == "1"
    assert any("PRAGMA journal_mode=WAL" in word for word in words)
    assert service["environment"] == ENVIRONMENT
