"""Accounts on the shared server for the students of a list: `make accounts STUDENTS=students.csv`.

Makes those that are new, with strong passwords, and leaves the others alone. For each it writes a
file with what the student has to set, which nobody but the instructor can read.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_SETTINGS = """# For {student}. In a browser, {url} asks for this name and password.
# The last line of each block lets your code wait, about half a minute, if the server restarts.

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
        SharedServerError: none is named, it cannot be read, has no such column or no names, or one
            will not do.
    """
    if not file.name:
        raise SharedServerError("Name the list of students: make accounts STUDENTS=students.csv")
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


@dataclass(frozen=True)
class Admin:
    """Asks a shared server about its accounts, as the one who may."""

    url: str
    password: str

    def ask(self, method: str, what: str, **body: str) -> Any:
        """Send a request; return what the server answers.

        Args:
            method: GET, POST or PATCH.
            what: the end of the route, such as `create`.
            **body: what is sent.

        Raises:
            SharedServerError: nothing answers, or it refuses.
        """
        route, account = f"{self.url}/api/2.0/mlflow/users/{what}", ("admin", self.password)
        try:
            answer = requests.request(method, route, json=body or None, auth=account, timeout=10)
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
    password = secrets.token_hex(10)  # 80 bits, and no letter that could be taken for a digit
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{student}.txt"
    file.unlink(missing_ok=True)  # with the rights that it had
    write_privately(file, _SETTINGS.format(student=student, url=url, password=password))
    return password


def provide(
    admin: Admin, names: Sequence[str], reset: Sequence[str], folder: Path, url: str
) -> Iterator[str]:
    """Make the accounts that are new, and reset those that are named; say what is done with each.

    The file comes first: a password that nobody has would be of no use.

    Args:
        admin: of the server.
        names: of all students.
        reset: of those who get another password.
        folder: for what each has to set.
        url: the server's address for students.

    Raises:
        SharedServerError: one to reset has no account, or the server refuses.
    """
    known = {user["username"] for user in admin.ask("GET", "list")["users"]}
    if unknown := set(reset) - known:
        raise SharedServerError(f"There is no account {', '.join(sorted(unknown))} to reset.")
    how = {"new": ("POST", "create"), "reset": ("PATCH", "update-password")}
    for student in dict.fromkeys([*names, *reset]):
        done = "new" if student not in known else "reset" if student in reset else "left alone"
        if done in how:
            password = write_settings(folder, student, url)
            admin.ask(*how[done], username=student, password=password)
        yield f"{student}: {done}"


def students_url(settings: Mapping[str, str]) -> str:
    """Return the address at which students reach the server.

    That is HTTPS, by the proxy on this machine, unless the server itself listens to the network.

    Args:
        settings: what `read_settings` returns.
    """
    if not (name := settings["CLASSROOM_NAME"]):
        return f"http://localhost:{settings['MLFLOW_PORT']}"
    scheme = "https" if settings["CLASSROOM_LISTEN"] == "127.0.0.1" else "http"
    return f"{scheme}://{name}"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make accounts", description=__doc__)
    parser.add_argument("students", type=Path, help="a CSV file with the column 'student'")
    parser.add_argument("--reset", default="", metavar="NAMES", help="separated by spaces")
    parser.add_argument("--url", help="the server's address for students, if not by the settings")
    parser.add_argument("--output", type=Path, default=Path("accounts"))
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    given = parser.parse_args()
    try:
        names, settings = students(given.students), read_settings(given.settings)
        here = f"http://localhost:{settings['MLFLOW_PORT']}"
        admin = Admin(here, settings["MLFLOW_AUTH_ADMIN_PASSWORD"])
        url = given.url or students_url(settings)
        for said in provide(admin, names, given.reset.split(), given.output, url):
            print(said)
    except SharedServerError as error:
        sys.exit(str(error))
    print(f"{given.output} has a file for each student: give everybody their own.")


if __name__ == "__main__":
    main()
