"""What an instructor starts: the live view, and the shared server's lists, settings and files."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from classroom.live.__main__ import serve
from classroom.server.accounts import main, students, write_settings
from classroom.server.dumps import ARTIFACTS, DATABASE, restore
from classroom.server.shared_server import (
    HERE,
    SharedServer,
    SharedServerError,
    make_settings,
    read_settings,
    students_url,
)
from tools.lesson_list import ROOT
from tools.temporary_server import free_url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "students.csv"


@pytest.mark.parametrize(
    "text",
    [
        "student,points\r\nada,1\r\nbob,2\r\n",
        "\ufeffName;student\nAda Lovelace;ada\nBob;bob\n;\n",  # a spreadsheet's
        "Name\tstudent\nAda\tada\nBob\t bob \n",
        "ada\n\nbob\n",  # just the names
    ],
)
def test_a_list_is_read(file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    assert students(file) == ["ada", "bob"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("first,last\nada,love\n", "has no column 'student'"),
        ("student\n", "has no names"),
        ("student\nada\nAda\n", "'Ada' is there twice"),
        ("student\nadmin\n", "belongs to the instructor"),
        ("student\n../ada\n", "'../ada' is not a valid user name"),
        ("student\n-rf\n", "is not a valid user name"),
        ("student\nämilie\n", "'ämilie' is not a valid user name"),
    ],
)
def test_a_list_that_will_not_do_is_refused(file: Path, text: str, sentence: str) -> None:
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(SharedServerError, match=re.escape(sentence)):
        students(file)


def test_without_a_list_or_a_server_nothing_is_made(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = file.with_name("settings")
    monkeypatch.chdir(file.parent)

    def complaint(name: str) -> str:
        monkeypatch.setattr(sys, "argv", ["accounts", name, "--settings", str(settings)])
        with pytest.raises(SystemExit) as ended:
            main()
        return str(ended.value)

    assert "make accounts STUDENTS=students.csv" in complaint("")
    assert "cannot be read" in complaint(file.name)
    file.write_text("student\nada\n")
    assert "does not exist. Run make classroom, which creates it" in complaint(file.name)
    skip_without_compose()
    make_settings(settings)
    monkeypatch.setenv("MLFLOW_PORT", free_url().rsplit(":", 1)[1])
    assert "Nothing answers at http://localhost:" in complaint(file.name)
    assert not Path("accounts").exists()


def skip_without_compose() -> None:
    asked = ["docker", "compose", "version"]
    if not shutil.which("docker") or subprocess.run(asked, capture_output=True).returncode:
        pytest.skip("needs docker compose")


WRITTEN = """
# Made by hand.
POSTGRES_PASSWORD="a b"
export MLFLOW_AUTH_ADMIN_PASSWORD='cost $5 # or more'   # a comment
MLFLOW_FLASK_SERVER_SECRET_KEY=c
MLFLOW_PORT="9090" # not 8080
CLASSROOM_NAME=class.example:${MLFLOW_PORT}
"""


def test_settings_are_read_as_compose_reads_them(tmp_path: Path) -> None:
    skip_without_compose()
    file = tmp_path / "settings"
    for added, url in (("", "https://"), ("CLASSROOM_LISTEN=0.0.0.0 # all", "http://")):
        file.write_text(WRITTEN + added)
        settings = read_settings(file)
        assert settings["MLFLOW_PORT"] == "9090"
        assert settings["MLFLOW_AUTH_ADMIN_PASSWORD"] == "cost $5 # or more"
        assert students_url(settings) == f"{url}class.example:9090"
        # What a browser that has the server's pages from there sends with each request.
        config = SharedServer(file).compose("config", "mlflow").decode()
        [origins] = re.findall(r"CORS_ALLOWED_ORIGINS: (.*)", config)
        assert students_url(settings) in origins.split(",")
    file.write_text(WRITTEN.replace("MLFLOW_FLASK_SERVER_SECRET_KEY=c", ""))
    with pytest.raises(SharedServerError, match="MLFLOW_FLASK_SERVER_SECRET_KEY"):
        read_settings(file)


def test_a_student_gets_the_same_lines_for_windows_and_for_a_shell(tmp_path: Path) -> None:
    password = write_settings(tmp_path, "ada", "https://class.example")
    text = (tmp_path / "ada.txt").read_text()
    windows = dict(re.findall(r"(?m)^\$env:(\w+) = '(.*)'$", text))
    assert windows == dict(re.findall(r"(?m)^export (\w+)=(.*)$", text))
    assert windows["MLFLOW_TRACKING_URI"] == "https://class.example"
    assert windows["MLFLOW_TRACKING_PASSWORD"] == password
    assert windows["EXPERIMENT_PREFIX"] == "ada-"


def test_what_is_no_dump_is_refused_before_anything_starts(tmp_path: Path) -> None:
    server = SharedServer(tmp_path / "settings")
    for name, content, sentence in (
        (ARTIFACTS, b"", f"is not a dump, because it has no file {DATABASE}"),
        (DATABASE, b"", f"{ARTIFACTS} is cut off"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SharedServerError, match=sentence):
            restore(server, tmp_path)
    assert not server.settings.exists()


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_the_live_view_answers_to_this_machines_names_alone(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    port = int(free_url().rpartition(":")[2])

    async def statuses(*names: str) -> list[int]:
        serving = asyncio.create_task(serve(address, port))
        await asyncio.sleep(0)  # until it listens, and has said where
        [opened] = re.findall(r"http://\S+/", capsys.readouterr().out)
        here = f"http://127.0.0.1:{port}/"
        asked = [(opened, {}), *((here, {"Host": f"{name}:{port}"}) for name in names)]
        answers = [
            await asyncio.to_thread(requests.get, url, headers=headers, timeout=20)
            for url, headers in asked
        ]
        serving.cancel()
        return [answer.status_code for answer in answers]

    foreign = ["evil.example", "localhost.evil.example", "1.2.3.4.evil.example", "evil-localhost"]
    assert asyncio.run(statuses("localhost", *foreign)) == [200, 200, 404, 404, 404, 404]
    own = asyncio.run(statuses(socket.gethostname(), "192.168.1.2", "[fe80::1]"))
    assert own == [200, *[200 if address == "0.0.0.0" else 404] * 3]


def services(folder: Path) -> Any:
    return yaml.safe_load((folder / "docker-compose.yml").read_text())["services"]


def test_the_compose_file_is_as_hard_as_the_default_one() -> None:
    shared, default = services(HERE), services(ROOT)["mlflow"]
    for key in ("read_only", "cap_drop", "security_opt"):
        assert [service[key] for service in shared.values()] == [default[key]] * 2
    assert shared["mlflow"]["user"] == default["user"]
    assert "ports" not in shared["postgres"]
    assert shared["postgres"]["networks"] == ["inside"]
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/classroom/server/.env", "/accounts/"} <= {*ignored}


def test_the_pools_fit_the_threads_and_the_database() -> None:
    """Eight threads with seven connections stood still for thirty seconds, then failed."""
    mlflow = services(HERE)["mlflow"]
    names = (f"MLFLOW_SQLALCHEMYSTORE_{name}" for name in ("POOL_SIZE", "MAX_OVERFLOW"))
    sizes = [int(mlflow["environment"][name]) for name in names]
    assert all(sizes)  # MLflow takes 0 for unset, and SQLAlchemy's default is 10
    [threads] = re.findall(r"--threads (\d+)", str(mlflow["command"]))
    # Logging a batch takes two at once: if all threads hold one, one more sets them free.
    assert sum(sizes) > int(threads)
    # 4 workers, 3 pools each, a connection or two of each pool in the process above them, and 3
    # that PostgreSQL keeps for itself.
    assert 4 * 3 * sum(sizes) + 3 * 2 + 3 <= 100
