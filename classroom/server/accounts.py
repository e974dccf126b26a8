"""Accounts on the shared server for the students of a list: `make accounts STUDENTS=students.csv`.

Makes those that are new, with strong passwords, and leaves the others alone. For each it writes a
file with what the student has to set, which nobody but the instructor can read.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import secrets
import string
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from classroom.server.shared_server import (
    SETTINGS,
    SharedServerError,
    read_settings,
    write_privately,
)

COLUMN = "student"
ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_SETTINGS = """# For {student}: paste these lines into a terminal, then `make lab` there.
# In a browser, {url} asks for the same name and password.
export MLFLOW_TRACKING_URI={url}
export MLFLOW_TRACKING_USERNAME={student}
export MLFLOW_TRACKING_PASSWORD={password}
export EXPERIMENT_PREFIX={student}-
# If the server restarts, wait for it: about half a minute.
export MLFLOW_HTTP_REQUEST_MAX_RETRIES=5
"""


def students(file: Path) -> list[str]:
    """Return the names in the column `student` of a list.

    Args:
        file: a CSV file, as a spreadsheet or a learning platform writes it.

    Raises:
        SharedServerError: it cannot be read, has no such column or no names, or one will not do.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SharedServerError(f"{file} cannot be read: {error}.") from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = [name for row in rows if (name := (row.get(COLUMN) or "").strip())]
    if not names:
        raise SharedServerError(
            f"{file} needs a column with the heading {COLUMN!r}, and names in it."
        )
    known = {"admin"}  # the instructor's
    for name in names:
        if not _NAME.fullmatch(name):
            raise SharedServerError(
                f"{file}: {name!r} cannot be a user name. Use letters, digits and . _ @ - in it."
            )
        if name.lower() in known:
            raise SharedServerError(
                f"{file}: the name {name!r} is there twice, or is the instructor's."
            )
        known.add(name.lower())
    return names


class Accounts:
    """The accounts of a shared server, as its admin sees them."""

    def __init__(self, url: str, password: str) -> None:
        """Sign in.

        Args:
            url: the server's address.
            password: the admin's.
        """
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = ("admin", password)

    def names(self) -> set[str]:
        """Return the names of all accounts."""
        return {user["username"] for user in self._ask("GET", "list")["users"]}

    def make(self, student: str, password: str) -> None:
        """Make an account that is new."""
        self._ask("POST", "create", username=student, password=password)

    def reset(self, student: str, password: str) -> None:
        """Give an account another password."""
        self._ask("PATCH", "update-password", username=student, password=password)

    def _ask(self, method: str, what: str, **body: str) -> Any:
        route = f"{self.url}/api/2.0/mlflow/users/{what}"
        try:
            answer = self._session.request(method, route, json=body or None, timeout=10)
        except requests.RequestException:
            raise SharedServerError(
                f"Nothing answers at {self.url}. Start it: make classroom"
            ) from None
        if answer.status_code == 401:
            raise SharedServerError(f"{self.url} refuses the admin's password of {SETTINGS.name}.")
        if not answer.ok:
            raise SharedServerError(f"{self.url} answers {answer.status_code}: {answer.text[:200]}")
        return answer.json()


def write_settings(folder: Path, student: str, url: str) -> str:
    """Draw a password, and write what the student has to set; return the password.

    Args:
        folder: for the files of all students; made if it is not there.
        student: whose.
        url: the server's address for students.
    """
    password = "".join(secrets.choice(ALPHABET) for _ in range(20))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{student}.txt"
    file.unlink(missing_ok=True)  # with the rights that it had
    write_privately(file, _SETTINGS.format(student=student, url=url, password=password))
    return password


def provide(
    accounts: Accounts, names: Sequence[str], reset: Sequence[str], folder: Path, url: str
) -> dict[str, str]:
    """Make the accounts that are new, and reset those that are named; say what was done with each.

    The file comes first: a password that nobody has would be of no use.

    Args:
        accounts: of the server.
        names: of all students.
        reset: of those who get another password.
        folder: for what each has to set.
        url: the server's address for students.

    Raises:
        SharedServerError: one to reset has no account, or the server refuses.
    """
    known = accounts.names()
    if unknown := set(reset) - known:
        raise SharedServerError(f"There is no account {', '.join(sorted(unknown))} to reset.")
    done = {}
    for student in dict.fromkeys([*names, *reset]):
        done[student] = "left alone"
        if student not in known:
            accounts.make(student, write_settings(folder, student, url))
            done[student] = "new"
        elif student in reset:
            accounts.reset(student, write_settings(folder, student, url))
            done[student] = "reset"
    return done


def run(given: argparse.Namespace) -> dict[str, str]:
    """Do what the command line asks for; return what was done with each account.

    Raises:
        SharedServerError: the list will not do, or the server was never started or refuses.
    """
    if not given.students.name:
        raise SharedServerError("Name the list of students: make accounts STUDENTS=students.csv")
    names, settings = students(given.students), read_settings(given.settings)
    port = os.environ.get("MLFLOW_PORT") or settings.get("MLFLOW_PORT", "8080")
    here, name = f"http://localhost:{port}", settings.get("CLASSROOM_NAME")
    accounts = Accounts(here, settings["MLFLOW_AUTH_ADMIN_PASSWORD"])
    url = f"https://{name}" if name else here
    return provide(accounts, names, given.reset.split(), given.output, url)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make accounts", description=__doc__)
    parser.add_argument("students", type=Path, help="a CSV file with the column 'student'")
    parser.add_argument("--reset", default="", metavar="NAMES", help="separated by spaces")
    parser.add_argument("--output", type=Path, default=Path("accounts"))
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    given = parser.parse_args()
    try:
        done = run(given)
    except SharedServerError as error:
        sys.exit(str(error))
    for student, what in done.items():
        print(f"{student}: {what}")
    print(f"{given.output} has a file for each student: give everybody their own.")


if __name__ == "__main__":
    main()
