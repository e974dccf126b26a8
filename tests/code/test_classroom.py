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


def listed(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """A list of students with this text."""
    (folder / "students.csv").write_bytes(text.encode(encoding))
    return folder / "students.csv"


@pytest.mark.parametrize(
    "text",
    [
        "student,points\r\nada,1\r\nbob,2\r\n",
        "\ufeffName;student\nAda Lovelace;ada\nBob;bob\n;\n",
        "Name\tstudent\nAda\tada\nBob\t bob \n",
    ],
    ids=["commas", "a spreadsheet's, with semicolons", "tabs"],
)
def test_a_list_is_read(tmp_path: Path, text: str) -> None:
    assert students(listed(tmp_path, text)) == ["ada", "bob"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nada\n", "needs a column with the heading 'student'"),
        ("student\n", "and names in it"),
        ("student\nada\nAda\n", "'Ada' is there twice"),
        ("student\nadmin\n", "or is the instructor's"),
        ("student\n../ada\n", "'../ada' cannot be a user name"),
        ("student\n-rf\n", "cannot be a user name"),
    ],
)
def test_a_list_that_will_not_do_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SharedServerError, match=re.escape(said)):
        students(listed(tmp_path, text))


def test_without_a_list_or_a_server_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings"
    monkeypatch.chdir(tmp_path)

    def said(file: object) -> str:
        arguments = ["accounts", str(file), "--settings", str(settings)]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        return str(ended.value)

    assert "make accounts STUDENTS=students.csv" in said("")
    assert "cannot be read" in said("nowhere.csv")
    assert "cannot be read" in said(listed(tmp_path, "student\nämilie\n", "utf-16"))
    ada = listed(tmp_path, "student\nada\n")
    assert "run make classroom, which makes it" in said(ada)
    make_settings(settings)
    with settings.open("a") as file:
        file.write(f"MLFLOW_PORT={free_url().rsplit(':', 1)[1]}\n")
    assert "Nothing answers at http://localhost:" in said(ada)
    assert not (tmp_path / "accounts").exists()


def services(folder: Path) -> Any:
    return yaml.safe_load((folder / "docker-compose.yml").read_text())["services"]


def gunicorn(service: Any) -> str:
    """The options of the web server that runs MLflow."""
    found = re.search(r'--gunicorn-opts "(.*?)"', str(service["command"]), re.DOTALL)
    assert found
    return " ".join(found[1].replace("\\n", " ").split())


def test_the_compose_file_is_as_hard_as_the_default_one() -> None:
    shared, default = services(HERE), services(ROOT)["mlflow"]
    for key in ("read_only", "cap_drop", "security_opt"):
        assert {str(service[key]) for service in shared.values()} == {str(default[key])}
    assert shared["mlflow"]["user"] == default["user"]
    assert "ports" not in shared["postgres"]
    assert shared["postgres"]["networks"] == ["inside"]
    assert gunicorn(shared["mlflow"]) == gunicorn(default).replace("threads 8", "threads 3")
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/classroom/server/.env", "/accounts/"} <= {*ignored}


def test_the_pools_fit_the_threads_and_the_database() -> None:
    """Eight threads with seven connections stood still for thirty seconds, then failed."""
    mlflow = services(HERE)["mlflow"]
    names = (f"MLFLOW_SQLALCHEMYSTORE_{name}" for name in ("POOL_SIZE", "MAX_OVERFLOW"))
    sizes = [int(mlflow["environment"][name]) for name in names]
    assert all(sizes)  # MLflow takes 0 for unset, and SQLAlchemy's default is 10
    most = sum(sizes)
    threads = int(re.findall(r"--threads (\d+)", gunicorn(mlflow))[0])
    # Logging a batch takes two at once: if all threads hold one, one more sets them free.
    assert most > threads
    # 4 workers, 3 pools each, a connection or two of each pool in the process above them, and 3
    # that PostgreSQL keeps for itself.
    assert 4 * 3 * most + 3 * 2 + 3 <= 100
