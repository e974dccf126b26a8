"""Start the shared server of `docker-compose.yml` in this folder, dump it, restore a dump.

`make classroom`, `make classroom-dump TO=FOLDER`, `make classroom-restore FROM=FOLDER`. Needs only
Python and Docker, so the server's machine need not have the course's packages.
"""

from __future__ import annotations

import argparse
import json
import os
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
_FIRST = """# Created at the first start of the shared server. Keep this file secret.
# The instructor's account is `admin`.
{secrets}
# The name of the TLS proxy that forwards to this machine's port 8080: see shared_server.md.
#CLASSROOM_NAME=mlflow.school.example
#MLFLOW_WORKERS=2
"""
DATABASE, ARTIFACTS = "database.dump", "artifacts.tar"
_STOPPED = ("run", "--rm", "--no-deps")  # how to run a script for a service that is stopped
# A restore reads a dump into a second database and a second folder, both called `restored`, while
# the server keeps running. Then they are swapped with the server's own, which are called `previous`
# until the server answers with the restored data.
_READ_DATABASE = """
createdb -U mlflow restored &&
pg_restore -U mlflow --dbname=restored --no-owner --exit-on-error
"""
_READ_ARTIFACTS = "cd /var/tmp && mkdir restored && tar -x -C restored --strip-components=1"
# Upgrades a dump of an older MLflow, and refuses one of a newer MLflow. The admin's account in the
# dump gets the password from this server's settings.
_UPGRADE = """
mlflow db upgrade "$RESTORED" && python3 -c '
import os
from mlflow.server.auth import store
store.init_db(os.environ["RESTORED"])
store.update_user("admin", password=os.environ["MLFLOW_AUTH_ADMIN_PASSWORD"])
'
"""
# In one transaction, after disconnecting everybody.
_RENAME_DATABASES = """
psql -U mlflow --dbname=postgres --set=ON_ERROR_STOP=1 --quiet <<'END'
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('mlflow', '{new}');
BEGIN;
ALTER DATABASE mlflow RENAME TO {old};
ALTER DATABASE {new} RENAME TO mlflow;
COMMIT;
END
"""
_SWAP_DATABASES = _RENAME_DATABASES.format(new="restored", old="previous")
_LIST_DATABASES = "psql -U mlflow --list --tuples-only --no-align | cut -d '|' -f 1"
_UNDO_DATABASES = _RENAME_DATABASES.format(new="previous", old="restored")
_SWAP_ARTIFACTS = """
cd /var/tmp && mkdir -p artifacts && mv artifacts previous && mv restored artifacts
"""
_UNDO_ARTIFACTS = (
    "cd /var/tmp && if [ -e previous ]; then rm -rf artifacts && mv previous artifacts; fi"
)
_DROP_DATABASES = """
dropdb -U mlflow --if-exists --force restored && dropdb -U mlflow --if-exists --force previous
"""
_REMOVE_ARTIFACTS = "cd /var/tmp && rm -rf restored previous"


class SharedServerError(RuntimeError):
    """The command failed. The message says why and what to do."""


@dataclass(frozen=True)
class SharedServer:
    """A shared server on this machine.

    Attributes:
        settings: the file with its secrets, created at the first start.
    """

    settings: Path = SETTINGS

    def compose(
        self,
        *arguments: str,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: IO[bytes] | int = subprocess.PIPE,
    ) -> bytes:
        """Run `docker compose` for this server; return its output, unless it goes to `stdout`.

        Ignores variables such as COMPOSE_FILE, which the shell may have exported for another
        project.

        Args:
            arguments: the arguments after `docker compose`.
            stdin: a file to read from.
            stdout: a file to write to.

        Raises:
            SharedServerError: the command failed; the message has its error output.
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
            raise SharedServerError("There is no command docker. Install Docker.") from None
        if done.returncode:
            output = done.stderr.decode(errors="replace").strip()
            raise SharedServerError(f"docker compose {' '.join(arguments)[:80]} failed:\n{output}")
        return done.stdout or b""

    def start(self) -> None:
        """Start the server and wait until it answers; the first time, create its secrets.

        Raises:
            SharedServerError: it does not start, or its settings cannot be written.
        """
        if not self.settings.exists():
            make_settings(self.settings)
        try:
            self.compose("up", "--detach", "--wait")
        except SharedServerError as error:
            if "is unhealthy" not in str(error):
                raise
            # After a crash or a pause, Docker reports this until its next check, every 5 s.
            time.sleep(6)
            self.compose("up", "--detach", "--wait")

    def dump(self, folder: Path) -> None:
        """Write all runs, accounts and artifacts into a new folder while the server keeps running.

        Dumps the database first, in one snapshot, so every artifact that it names exists.

        Args:
            folder: the folder to create.

        Raises:
            SharedServerError: the folder exists or cannot be created, or the server is not running.
        """
        if folder.exists():
            raise SharedServerError(f"{folder} exists already. Choose a new folder: TO=FOLDER.")
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        try:
            unfinished.mkdir(mode=0o700, exist_ok=True)
            with (unfinished / DATABASE).open("wb") as file:
                self._in("postgres", "pg_dump -U mlflow --format=custom mlflow", stdout=file)
            with (unfinished / ARTIFACTS).open("wb") as file:
                # 1: a file changed while it was read
                tar = "cd /var/tmp && mkdir -p artifacts && tar -c artifacts || [ $? = 1 ]"
                self._in("mlflow", tar, stdout=file)
            unfinished.rename(folder)
        except OSError as error:
            raise SharedServerError(f"The dump cannot be written: {error}.") from None

    def restore(self, folder: Path) -> None:
        """Put what a dump holds in place of all that the server has, and start it.

        Whatever fails, the server keeps what it has. A dump of an older MLflow is brought to this
        one's version. The admin's password is the one of the settings.

        Args:
            folder: what `dump` wrote, on this machine or another.

        Raises:
            SharedServerError: it is no dump, or cannot be read, or there is no room for it.
        """
        for name in (DATABASE, ARTIFACTS):
            if not (folder / name).is_file():
                raise SharedServerError(f"{folder} is not a dump, because it has no file {name}.")
        if _end(folder / ARTIFACTS) != bytes(1024):
            # tar itself says nothing if an archive is cut off between two files.
            raise SharedServerError(f"{folder / ARTIFACTS} is cut off. Copy the dump again.")
        self.start()  # even if this machine had no server
        if self._is_swapped():
            self._put_back()  # an earlier restore was killed before it could do this
        self._remove_copies()
        try:
            self._read(folder)
        except BaseException:
            self._remove_copies()
            raise
        try:
            self._swap()
            self.start()
        except BaseException as error:
            try:
                self._put_back()
            except SharedServerError as second:
                raise SharedServerError(
                    f"{error}\nAfter that, the server's own data could not be put back: {second}\n"
                    "The next restore starts by putting it back."
                ) from error
            raise
        self._remove_copies()

    def _read(self, folder: Path) -> None:
        """Read a dump into a second database and a second folder."""
        with (folder / DATABASE).open("rb") as file:
            self._in("postgres", _READ_DATABASE, stdin=file)
        with (folder / ARTIFACTS).open("rb") as file:
            self._in("mlflow", _READ_ARTIFACTS, stdin=file)
        restored = "RESTORED=postgresql+psycopg2://mlflow@postgres/restored"
        self._in("mlflow", f"export {restored}\n{_UPGRADE}")

    def _swap(self) -> None:
        """Stop MLflow, and swap the restored data with the data in use."""
        self.compose("stop", "mlflow")
        self._in("postgres", _SWAP_DATABASES)
        self._in("mlflow", _SWAP_ARTIFACTS, *_STOPPED)

    def _is_swapped(self) -> bool:
        """Tell whether an unfinished restore has already swapped the databases."""
        return b"previous" in self._in("postgres", _LIST_DATABASES).split()

    def _put_back(self) -> None:
        """Undo what a restore has changed, and start the server with its earlier data."""
        self.compose("stop", "mlflow")
        self._in("mlflow", f"{_UNDO_ARTIFACTS} && {_REMOVE_ARTIFACTS}", *_STOPPED)
        if self._is_swapped():
            self._in("postgres", _UNDO_DATABASES)
        self._in("postgres", _DROP_DATABASES)
        self.start()

    def _remove_copies(self) -> None:
        """Remove the second database and folder that a restore has left.

        Starts with the databases, because one called `previous` means that a restore is unfinished.
        """
        self._in("postgres", _DROP_DATABASES)
        self._in("mlflow", _REMOVE_ARTIFACTS)

    def _in(self, service: str, script: str, *how: str, **streams: IO[bytes]) -> bytes:
        """Run a shell script in a service's container, or in a new one while it is stopped."""
        return self.compose(*(how or ["exec"]), "-T", service, "sh", "-c", script, **streams)


def _end(archive: Path) -> bytes:
    """Return the last 1,024 bytes of a file; a complete tar archive ends in so many zeros."""
    with archive.open("rb") as file:
        file.seek(-min(1024, archive.stat().st_size), os.SEEK_END)
        return file.read()


def read_settings(file: Path = SETTINGS) -> dict[str, str]:
    """Return a shared server's settings for `make accounts`, as docker compose reads them.

    Args:
        file: the file with the settings.

    Raises:
        SharedServerError: the file does not exist, or docker compose cannot read it.
    """
    if not file.is_file():
        raise SharedServerError(f"{file} does not exist. Run make classroom, which creates it.")
    config = json.loads(SharedServer(file).compose("config", "--format", "json"))
    # Compose doubles each $ in its output, so that it could read the output again.
    return {name: value.replace("$$", "$") for name, value in config["x-settings"].items()}


def make_settings(file: Path) -> None:
    """Draw the secrets of a new server, and write them to a file that nobody else can read.

    Args:
        file: the file to create.

    Raises:
        SharedServerError: the file cannot be written.
    """
    drawn = (f"{name}={secrets.token_urlsafe(24)}" for name in SECRETS)
    write_privately(file, _FIRST.format(secrets="\n".join(drawn)))


def write_privately(file: Path, text: str) -> None:
    """Write a file that nobody else can read.

    Args:
        file: the file to create.
        text: its content.

    Raises:
        SharedServerError: the file cannot be written.
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
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="the folder of the dump"
    )
    given = parser.parse_args()
    if given.action != "start" and not given.folder.name:
        parser.error("say which folder has the dump: TO=FOLDER, or FROM=FOLDER")
    server = SharedServer()
    try:
        if given.action == "start":
            server.start()
            print("The shared server is running. The admin's password is in", server.settings)
        elif given.action == "dump":
            server.dump(given.folder)
            print(f"The dump is in {given.folder}.")
        else:
            server.restore(given.folder)
            print(f"The shared server now has the data from {given.folder}.")
    except SharedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
