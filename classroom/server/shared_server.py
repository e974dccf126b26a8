"""The shared server of `docker-compose.yml` in this folder: start it, dump it, restore a dump.

`make classroom`, `make classroom-dump TO=FOLDER`, `make classroom-restore FROM=FOLDER`. It needs
Python and Docker alone: the machine of a shared server need not have the course's packages.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
SETTINGS = HERE / ".env"
SECRETS = ("POSTGRES_PASSWORD", "MLFLOW_AUTH_ADMIN_PASSWORD", "MLFLOW_FLASK_SERVER_SECRET_KEY")
_FIRST = """# Made at the first start of the shared server: whoever reads this can do all there.
# The instructor's account is `admin`.
{secrets}
# The name under which a TLS proxy hands on to this machine's port 8080: shared_server.md.
#CLASSROOM_NAME=mlflow.school.example
#MLFLOW_WORKERS=2
"""
DATABASE, ARTIFACTS = "database.dump", "artifacts.tar"
_READ_DATABASE = """
dropdb -U mlflow --if-exists restored && createdb -U mlflow restored &&
pg_restore -U mlflow --dbname=restored --no-owner --exit-on-error
"""
_READ_ARTIFACTS = "cd /var/tmp && rm -rf restored && mkdir restored && tar -x -C restored"
_CHANGE_DATABASE = """
dropdb -U mlflow --force mlflow &&
psql -U mlflow --dbname=postgres --command='ALTER DATABASE restored RENAME TO mlflow'
"""
_CHANGE_ARTIFACTS = "cd /var/tmp && rm -rf artifacts && mv restored/artifacts . && rmdir restored"
# An admin who comes with a dump gets the password that this server's settings have.
_ADMIN = """
import os
from mlflow.server.auth import auth_config, store
store.init_db(auth_config.database_uri)
store.update_user("admin", password=os.environ["MLFLOW_AUTH_ADMIN_PASSWORD"])
"""


class SharedServerError(RuntimeError):
    """What was asked for cannot be done; the message says why and what to do."""


@dataclass(frozen=True)
class SharedServer:
    """A shared server on this machine.

    Attributes:
        settings: the file with its secrets, made at the first start.
    """

    settings: Path = SETTINGS

    def compose(
        self,
        *arguments: str,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: IO[bytes] | int = subprocess.PIPE,
    ) -> bytes:
        """Run `docker compose` for it; return what that printed, unless it goes to `stdout`.

        Its settings alone say which files and which project: what a shell has exported for another
        one, such as COMPOSE_FILE, is not for this one.

        Args:
            arguments: what follows `docker compose`.
            stdin: a file that it reads.
            stdout: a file that it writes.

        Raises:
            SharedServerError: it failed; the message is what it said.
        """
        try:
            done = subprocess.run(
                ["docker", "compose", "--env-file", str(self.settings), *arguments],
                cwd=HERE,
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                check=False,
                env={k: v for k, v in os.environ.items() if not k.startswith("COMPOSE_")},
            )
        except FileNotFoundError:
            raise SharedServerError("There is no command docker: install Docker.") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise SharedServerError(f"docker compose {' '.join(arguments)[:80]} failed:\n{said}")
        return done.stdout or b""

    def start(self) -> None:
        """Start it and wait until it answers; at the first time, make its secrets.

        Raises:
            SharedServerError: it does not start, or the settings cannot be written.
        """
        if not self.settings.exists():
            make_settings(self.settings)
        try:
            self.compose("up", "--detach", "--wait")
        except SharedServerError as error:
            if "is unhealthy" not in str(error):
                raise
            # Docker says so of what crashed or was paused until it asks it again, every 5 s.
            time.sleep(6)
            self.compose("up", "--detach", "--wait")

    def dump(self, folder: Path) -> None:
        """Write all runs, accounts and artifacts into a new folder; the server goes on meanwhile.

        First the database, in one snapshot, and then the artifacts: each that it names is there.

        Args:
            folder: where; it must not exist yet.

        Raises:
            SharedServerError: the folder exists or cannot be made, or the server is not running.
        """
        if folder.exists():
            raise SharedServerError(f"{folder} exists. Name a folder that does not: TO=FOLDER.")
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        try:
            unfinished.mkdir(mode=0o700, exist_ok=True)
            with (unfinished / DATABASE).open("wb") as file:
                self._in("postgres", "pg_dump -U mlflow --format=custom mlflow", stdout=file)
            with (unfinished / ARTIFACTS).open("wb") as file:
                # 1: a file that was being written meanwhile
                tar = "cd /var/tmp && mkdir -p artifacts && tar -c artifacts || [ $? = 1 ]"
                self._in("mlflow", tar, stdout=file)
            unfinished.rename(folder)
        except OSError as error:
            raise SharedServerError(f"The dump cannot be written: {error}.") from None

    def restore(self, folder: Path) -> None:
        """Put what a dump holds in place of all that the server has, and start it.

        If the dump cannot be read to its end, the server keeps what it has. A dump of an older
        MLflow is brought to this one's version. The admin's password is the one of the settings.

        Args:
            folder: what `dump` wrote, on this machine or another.

        Raises:
            SharedServerError: it is no dump, or cannot be read, or there is no room for it.
        """
        for name in (DATABASE, ARTIFACTS):
            if not (folder / name).is_file():
                raise SharedServerError(f"{folder} is no dump: it has no file {name}.")
        self.start()  # also where there was none
        with (folder / DATABASE).open("rb") as file:
            self._in("postgres", _READ_DATABASE, stdin=file)
        with (folder / ARTIFACTS).open("rb") as file:
            self._in("mlflow", _READ_ARTIFACTS, stdin=file)
        self.compose("stop", "mlflow")
        self._in("postgres", _CHANGE_DATABASE)
        change = f"{_CHANGE_ARTIFACTS} && python3 -c '{_ADMIN}'"
        self._in("mlflow", change, "run", "--rm", "--no-deps")
        self.start()

    def _in(self, service: str, script: str, *how: str, **streams: IO[bytes]) -> None:
        """Run a shell script in a service's container, or in one of its own while it is stopped."""
        self.compose(*(how or ["exec"]), "-T", service, "sh", "-c", script, **streams)


def read_settings(file: Path = SETTINGS) -> dict[str, str]:
    """Return the settings of a shared server by their names.

    Args:
        file: where they are.

    Raises:
        SharedServerError: there are none, or they cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SharedServerError(
            f"{file} cannot be read ({error.strerror}). If it is not there, run make classroom, "
            "which makes it."
        ) from None
    return dict(re.findall(r"(?m)^ *(\w+) *= *(.*?) *$", text))


def make_settings(file: Path) -> None:
    """Draw the secrets of a new server, and write a file that nobody else can read.

    Args:
        file: where; it must not exist yet.

    Raises:
        SharedServerError: it cannot be written.
    """
    drawn = (f"{name}={secrets.token_urlsafe(24)}" for name in SECRETS)
    write_privately(file, _FIRST.format(secrets="\n".join(drawn)))


def write_privately(file: Path, text: str) -> None:
    """Write a file that nobody else can read.

    Args:
        file: where; it must not exist yet.
        text: what is in it.

    Raises:
        SharedServerError: it cannot be written.
    """
    try:
        file.touch(0o600, exist_ok=False)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SharedServerError(f"{file} cannot be written: {error.strerror}.") from None


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make classroom", description=__doc__)
    parser.add_argument("action", choices=["start", "dump", "restore"])
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help="of the dump")
    given = parser.parse_args()
    if given.action != "start" and not given.folder.name:
        parser.error("name the folder of the dump: TO=FOLDER, or FROM=FOLDER")
    server = SharedServer()
    try:
        if given.action == "start":
            server.start()
            print("The shared server answers. The admin's password is in", server.settings)
        elif given.action == "dump":
            server.dump(given.folder)
            print(f"The dump is in {given.folder}.")
        else:
            server.restore(given.folder)
            print(f"The shared server has what {given.folder} holds.")
    except SharedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
