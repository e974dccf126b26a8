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

import pytest
import yaml

from helpers import ServerUnreachable, connect, server
from helpers.data_folder import folder_lock, open_labs
from helpers.server import ENVIRONMENT, EmbeddedServer, ServerError
from helpers.server_process import GUNICORN, choose_port
from tools.lesson_list import ROOT
from tools.temporary_server import free_url

LEFT_BEHIND = {"url": "http://localhost:8080", "pid": os.getpid(), "host": platform.node()}


def test_asking_where_the_server_is_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    before = dict(os.environ)
    assert server.default_url().startswith("http://localhost:")
    assert EmbeddedServer(tmp_path / "data").status() == ""
    assert dict(os.environ) == before
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}", "[]", json.dumps(LEFT_BEHIND)],
    ids=["empty", "cut", "no url", "list", "left"],
)
def test_a_state_file_that_is_truncated_or_left_behind_is_no_server(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "server.json").write_text(text)
    assert EmbeddedServer(tmp_path).url == ""
    with folder_lock(tmp_path):  # by a process that is no server: its process ID was used again
        assert EmbeddedServer(tmp_path).processes() == []


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "no locks" / "server.lock").mkdir(parents=True)
    for name in ("file", "no locks"):
        with pytest.raises(ServerError, match=r"cannot be used: .* Copy the course to a folder on"):
            EmbeddedServer(tmp_path / name).start()
    (tmp_path / "server.json").write_text(json.dumps(LEFT_BEHIND | {"host": "another machine"}))
    with folder_lock(tmp_path), pytest.raises(ServerError, match="Another machine or container"):
        EmbeddedServer(tmp_path).start()


def test_a_named_server_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    url = free_url()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    with pytest.raises(ServerError, match=f"Nothing answers at {url}, which MLFLOW_TRACKING_URI"):
        server.start_server()
    with pytest.raises(ServerUnreachable, match=f"answers at {url}. MLFLOW_TRACKING_URI names it."):
        connect("No Child Runs")
    command = [sys.executable, "-m", "helpers", "status"]
    status = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert status.stdout == f"No tracking server answers at {url}.\n"


def test_ctrl_c_stops_jupyter_without_asking() -> None:
    program = """
from jupyter_server.serverapp import ServerApp
from helpers import jupyter_extension
app = ServerApp()
jupyter_extension._link_jupyter_server_extension(app)
assert app.answer_yes
"""
    environment = os.environ | {"MLFLOW_TRACKING_URI": "https://class.example"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)


def test_a_port_that_is_in_use_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert choose_port(port) != port
    assert choose_port(port) == port
    assert choose_port(port) != port  # of another server, which does not listen yet


def test_a_jupyterlab_counts_until_it_ends(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs" / "killed").touch()
    lab = f"""
from pathlib import Path
from helpers.data_folder import register_lab
lock = register_lab(Path({str(tmp_path)!r}))
print("open", flush=True)
input()
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", lab], cwd=ROOT, **pipes) as process:
        process.stdout.readline()
        assert open_labs(tmp_path) == 1
        process.kill()
    assert open_labs(tmp_path) == 0
    assert [*(tmp_path / "labs").iterdir()] == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no gunicorn")
def test_the_container_and_the_embedded_server_run_alike() -> None:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["mlflow"]
    words = shlex.split(service["command"][-1])
    assert words[:3] == ["mlflow", "db", "upgrade"]
    assert GUNICORN in words
    assert words[words.index("--workers") + 1] == "1"
    assert any("PRAGMA journal_mode=WAL" in word for word in words)
    assert service["environment"] == ENVIRONMENT
