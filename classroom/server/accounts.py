"""Create accounts on the shared server for a list of students: `make accounts STUDENTS=x.csv`.

Creates an account with a strong password for each new student, and leaves existing accounts alone.
For each new account, writes a file with the settings that the student needs. Only the instructor
can read these files.
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from classroom.server.shared_server import (
    SETTINGS,
    SharedServerError,
    read_settings,
    students_url,
    write_privately,
)
from classroom.spreadsheet import RosterError, read_roster

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_SETTINGS = """# For {student}. In a browser, {url} asks for this name and password.
# The last line of each block makes your code wait about half a minute if the server restarts.

# On Windows, paste these lines into PowerShell, then start JupyterLab there:
$env:MLFLOW_TRACKING_URI = '{url}'
$env:MLFLOW_TRACKING_USERNAME = '{student}'
$env:MLFLOW_TRACKING_PASSWORD = '{password}'
$env:EXPERIMENT_PREFIX = '{student}-'
$env:MLFLOW_HTTP_REQUEST_MAX_RETRIES = '5'

# On Linux or macOS, paste these lines into a terminal, then run `make lab` there:
export MLFLOW_TRACKING_URI={url}
export MLFLOW_TRACKING_USERNAME={student}
export MLFLOW_TRACKING_PASSWORD={password}
export EXPERIMENT_PREFIX={student}-
export MLFLOW_HTTP_REQUEST_MAX_RETRIES=5
"""


def students(file: Path) -> list[str]:
    """Return the names in the column `student` of a list.

    Args:
        file: a CSV file, as a spreadsheet or a learning platform writes it.

    Raises:
        SharedServerError: no file is named, it is not a list of names, or a name is not valid.
    """
    if not file.name:
        raise SharedServerError(
            "Say where the list of students is: make accounts STUDENTS=students.csv"
        )
    try:
        names = read_roster(file)
    except RosterError as error:
        raise SharedServerError(str(error)) from None
    for name in names:
        if not _NAME.fullmatch(name):
            raise SharedServerError(
                f"{file}: {name!r} is not a valid user name. Use only letters, digits and . _ @ -"
            )
        if name.lower() == "admin":
            raise SharedServerError(f"{file}: the name {name!r} belongs to the instructor.")
    return names


@dataclass(frozen=True)
class Admin:
    """Manage the accounts of a shared server, as its administrator."""

    url: str
    password: str

    def ask(self, method: str, what: str, **body: str) -> Any:
        """Send a request; return the server's answer.

        Args:
            method: GET, POST or PATCH.
            what: the end of the route, such as `create`.
            **body: the fields to send.

        Raises:
            SharedServerError: the server does not answer, or refuses.
        """
        route, account = (
            f"{self.url}/api/2.0/mlflow/users/{what}",
            ("admin", self.password),
        )
        try:
            answer = requests.request(method, route, json=body or None, auth=account, timeout=10)
        except requests.RequestException:
            raise SharedServerError(
                f"Nothing answers at {self.url}. Start the server: make classroom"
            ) from None
        if answer.status_code == 401:
            raise SharedServerError(
                f"{self.url} refuses the admin's password from {SETTINGS.name}."
            )
        if not answer.ok:
            raise SharedServerError(f"{self.url} answers {answer.status_code}: {answer.text[:200]}")
        return answer.json()


def write_settings(folder: Path, student: str, url: str) -> str:
    """Draw a password, write a file with the student's settings, and return the password.

    Args:
        folder: the folder for all these files, created if it does not exist.
        student: the name of the student.
        url: the server's address for students.
    """
    password = secrets.token_hex(10)  # 80 bits, and no letter that looks like a digit
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{student}.txt"
    file.unlink(missing_ok=True)  # together with its permissions
    write_privately(file, _SETTINGS.format(student=student, url=url, password=password))
    return password


def create_or_reset(
    admin: Admin, names: Sequence[str], reset: Sequence[str], folder: Path, url: str
) -> Iterator[str]:
    """Create new accounts and reset passwords; yield a line for each account.

    Writes the file first, because nobody could use a password that is not in a file.

    Args:
        admin: manages the server's accounts.
        names: the names of all students.
        reset: the names of students who get a new password.
        folder: the folder for the files with settings.
        url: the server's address for students.

    Raises:
        SharedServerError: a student to reset has no account, or the server refuses.
    """
    existing = {user["username"] for user in admin.ask("GET", "list")["users"]}
    if unknown := set(reset) - existing:
        raise SharedServerError(
            f"Cannot reset {', '.join(sorted(unknown))}: there is no such account."
        )
    how = {"new": ("POST", "create"), "reset": ("PATCH", "update-password")}
    for student in dict.fromkeys([*names, *reset]):
        action = "new" if student not in existing else "reset" if student in reset else "left alone"
        if action in how:
            password = write_settings(folder, student, url)
            admin.ask(*how[action], username=student, password=password)
        yield f"{student}: {action}"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make accounts", description=__doc__)
    parser.add_argument("students", type=Path, help="a CSV file with the column 'student'")
    parser.add_argument("--reset", default="", metavar="NAMES", help="separated by spaces")
    parser.add_argument(
        "--url",
        help="the server's address for students, instead of the one from the settings",
    )
    parser.add_argument("--output", type=Path, default=Path("accounts"))
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    options = parser.parse_args()
    try:
        names, settings = students(options.students), read_settings(options.settings)
        here = f"http://localhost:{settings['MLFLOW_PORT']}"
        admin = Admin(here, settings["MLFLOW_AUTH_ADMIN_PASSWORD"])
        url = options.url or students_url(settings)
        for line in create_or_reset(admin, names, options.reset.split(), options.output, url):
            print(line)
    except SharedServerError as error:
        sys.exit(str(error))
    print(f"{options.output} has a file for each student. Give everybody their own.")


if __name__ == "__main__":
    main()
