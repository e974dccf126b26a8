"""`make accounts`: which lists are taken, and what becomes of each account."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from classroom.server.accounts import students
from classroom.server.shared_server import SharedServerError, make_settings
from tests.shared import NAME, Classroom
from tools.servers import free_url


def listed(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """A list of students with this text."""
    (folder / "students.csv").write_bytes(text.encode(encoding))
    return folder / "students.csv"


@pytest.mark.parametrize(
    "text",
    [
        "student\nada\nbob\n",
        "student,points\r\nada,1\r\nbob,2\r\n",
        "\ufeffName;student\nAda Lovelace;ada\nBob;bob\n;\n",
        "Name\tstudent\nAda\tada\nBob\t bob \n",
    ],
    ids=["one column", "commas", "a spreadsheet's, with semicolons", "tabs"],
)
def test_a_list_is_read(tmp_path: Path, text: str) -> None:
    assert students(listed(tmp_path, text)) == ["ada", "bob"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\nada\n", "needs a column with the heading 'student'"),
        ("", "needs a column with the heading 'student'"),
        ("student\n", "and names in it"),
        ("student\nada\nAda\n", "'Ada' is there twice"),
        ("student\nadmin\n", "or is the instructor's"),
        ("student\n../ada\n", "'../ada' cannot be a user name"),
        ("student\nada lovelace\n", "cannot be a user name"),
        ("student\nada:x\n", "cannot be a user name"),
        ("student\n-rf\n", "cannot be a user name"),
    ],
)
def test_a_list_that_will_not_do_is_refused_in_a_sentence(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(SharedServerError, match=re.escape(said)):
        students(listed(tmp_path, text))


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_list_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SharedServerError, match="cannot be read"):
        students(tmp_path / name)
    with pytest.raises(SharedServerError, match="cannot be read"):
        students(listed(tmp_path, "student\nämilie\n", "utf-16"))


def said_without_a_server(tmp_path: Path, *arguments: str) -> str:
    """What the command says on its error stream, where there is no shared server."""
    command = [sys.executable, "-m", "classroom.server.accounts", *arguments]
    command += ["--settings", str(tmp_path / "settings"), "--output", str(tmp_path / "accounts")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert not (tmp_path / "accounts").exists()
    return done.stderr


def test_without_a_list_or_a_server_nothing_is_made(tmp_path: Path) -> None:
    ada = str(listed(tmp_path, "student\nada\n"))
    assert "make accounts STUDENTS=students.csv" in said_without_a_server(tmp_path, "")
    assert "run make classroom, which makes it" in said_without_a_server(tmp_path, ada)
    make_settings(tmp_path / "settings")
    with (tmp_path / "settings").open("a") as file:
        file.write(f"MLFLOW_PORT={free_url().rsplit(':', 1)[1]}\n")
    assert "Nothing answers at http://localhost:" in said_without_a_server(tmp_path, ada)


def test_accounts_are_made_left_alone_and_reset(classroom: Classroom, tmp_path: Path) -> None:
    before = classroom.settings("ada"), classroom.settings("bob")
    more = listed(tmp_path, "student\nada\nbob\ncleo\n")
    added = classroom.make_accounts(more)
    assert added.stdout.startswith("ada: left alone\nbob: left alone\ncleo: new\n")
    assert (classroom.settings("ada"), classroom.settings("bob")) == before

    reset = classroom.make_accounts(more, "--reset", "bob cleo")
    assert reset.stdout.startswith("ada: left alone\nbob: reset\ncleo: reset\n")
    assert classroom.settings("ada") == before[0]
    assert classroom.settings("bob") != before[1]
    for student in ("ada", "bob", "cleo"):
        route = "/api/2.0/mlflow/experiments/search?max_results=1"
        assert classroom.ask(student, "GET", route).status_code == 200


def test_one_who_has_no_account_cannot_be_reset(classroom: Classroom, tmp_path: Path) -> None:
    refused = classroom.make_accounts(listed(tmp_path, "student\nada\n"), "--reset", "dora")
    assert (refused.returncode, refused.stderr) == (1, "There is no account dora to reset.\n")


def test_passwords_are_strong_and_for_the_instructor_to_hand_out(classroom: Classroom) -> None:
    found = [classroom.settings(student) for student in ("ada", "bob")]
    passwords = {one["MLFLOW_TRACKING_PASSWORD"] for one in found}
    assert len(passwords) == len(found)
    assert all(re.fullmatch(r"[A-Za-z0-9]{20}", password) for password in passwords)
    assert classroom.accounts.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in classroom.accounts.iterdir()} == {0o600}
    text = (classroom.accounts / "ada.txt").read_text()
    assert f"export MLFLOW_TRACKING_URI=https://{NAME}\n" in text
    assert "export EXPERIMENT_PREFIX=ada-\n" in text


def test_a_file_is_what_a_shell_takes(classroom: Classroom) -> None:
    script = f". {classroom.accounts}/ada.txt && echo $MLFLOW_TRACKING_USERNAME $EXPERIMENT_PREFIX"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "ada ada-\n"


def test_the_admins_password_is_asked_for(classroom: Classroom) -> None:
    route = f"{classroom.url}/api/2.0/mlflow/users/list"
    assert requests.get(route, auth=("admin", "password1234"), timeout=10).status_code == 401
    assert requests.get(route, auth=classroom.admin, timeout=10).status_code == 200
