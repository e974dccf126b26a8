"""The shared server before it starts: the list of its students, and its compose file."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from classroom.server.accounts import main, students
from classroom.server.shared_server import HERE, SharedServerError, make_settings
from tools.lessons import ROOT
from tools.servers import free_url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "students.csv"


@pytest.mark.parametrize(
    "text",
    [
        "student,points\r\nada,1\r\nbob,2\r\n",
        "\ufeffName;student\nAda Lovelace;ada\nBob;bob\n;\n",  # a spreadsheet's
        "Name\tstudent\nAda\tada\nBob\t bob \n",
    ],
)
def test_a_list_is_read(file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    assert students(file) == ["ada", "bob"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nada\n", "needs a column with the heading 'student'"),
        ("student\n", "and names in it"),
        ("student\nada\nAda\n", "'Ada' is there twice"),
        ("student\nadmin\n", "or is the instructor's"),
        ("student\n../ada\n", "'../ada' cannot be a user name"),
        ("student\n-rf\n", "cannot be a user name"),
        ("student\nämilie\n", "cannot be read"),
    ],
)
def test_a_list_that_will_not_do_is_refused(file: Path, text: str, said: str) -> None:
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(SharedServerError, match=re.escape(said)):
        students(file)


def test_without_a_list_or_a_server_nothing_is_made(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = file.with_name("settings")
    monkeypatch.chdir(file.parent)

    def said(name: str) -> str:
        monkeypatch.setattr(sys, "argv", ["accounts", name, "--settings", str(settings)])
        with pytest.raises(SystemExit) as ended:
            main()
        return str(ended.value)

    assert "make accounts STUDENTS=students.csv" in said("")
    assert "cannot be read" in said(file.name)
    file.write_text("student\nada\n")
    assert "run make classroom, which makes it" in said(file.name)
    make_settings(settings)
    monkeypatch.setenv("MLFLOW_PORT", free_url().rsplit(":", 1)[1])
    assert "Nothing answers at http://localhost:" in said(file.name)
    assert not Path("accounts").exists()


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
