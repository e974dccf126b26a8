"""Dump the shared server's data to a folder, and restore a dump.

A restore reads a dump into a second database and a second folder, both called `restored`, while the
server keeps running. Then they are swapped with the server's own, which are called `previous` until
the server answers with the restored data. A database called `previous` means that a restore is
unfinished.
"""

from __future__ import annotations

import os
from pathlib import Path

from classroom.server.shared_server import SharedServer, SharedServerError

DATABASE, ARTIFACTS = "database.dump", "artifacts.tar"
_STOPPED = (
    "run",
    "--rm",
    "--no-deps",
)  # how to run a script for a service that is stopped
_READ_DATABASE = """
createdb -U mlflow restored &&
pg_restore -U mlflow --dbname=restored --no-owner --exit-on-error
"""
_READ_ARTIFACTS = "cd /var/tmp && mkdir restored && tar -x -C restored --strip-components=1"
# Upgrades a dump of an older MLflow, and refuses one of a newer MLflow. The admin's account in the
# dump gets the password from this server's settings.
_UPGRADE = """
export RESTORED=postgresql+psycopg2://mlflow@postgres/restored
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
_LIST_DATABASES = "psql -U mlflow --list --tuples-only --no-align | cut -d '|' -f 1"
_DROP_DATABASES = """
dropdb -U mlflow --if-exists --force restored && dropdb -U mlflow --if-exists --force previous
"""
_SWAP_ARTIFACTS = """
cd /var/tmp && mkdir -p artifacts && mv artifacts previous && mv restored artifacts
"""
_UNDO_ARTIFACTS = """
cd /var/tmp && if [ -e previous ]; then rm -rf artifacts && mv previous artifacts; fi
"""
_REMOVE_ARTIFACTS = "cd /var/tmp && rm -rf restored previous"


def dump(server: SharedServer, folder: Path) -> None:
    """Write all runs, accounts and artifacts into a new folder while the server keeps running.

    Dumps the database first, in one snapshot, so every artifact that it names exists.

    Args:
        server: the server.
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
            server.run_script("postgres", "pg_dump -U mlflow --format=custom mlflow", stdout=file)
        with (unfinished / ARTIFACTS).open("wb") as file:
            # 1: a file changed while it was read
            tar = "cd /var/tmp && mkdir -p artifacts && tar -c artifacts || [ $? = 1 ]"
            server.run_script("mlflow", tar, stdout=file)
        unfinished.rename(folder)
    except OSError as error:
        raise SharedServerError(f"The dump cannot be written: {error}.") from None


def restore(server: SharedServer, folder: Path) -> None:
    """Put what a dump holds in place of all that the server has, and start it.

    A restore that fails leaves the server as it was. If even that fails, or the restore is killed,
    the next one starts by putting the server's own data back.

    Args:
        server: the server.
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
    server.start()  # even if this machine had no server
    _put_back(server)
    try:
        _read(server, folder)
        server.compose("stop", "mlflow")
        server.run_script("postgres", _RENAME_DATABASES.format(new="restored", old="previous"))
        server.run_script("mlflow", _SWAP_ARTIFACTS, *_STOPPED)
        server.start()
    except BaseException as error:
        try:
            _put_back(server)
        except SharedServerError as second:
            raise SharedServerError(
                f"{error}\nAfter that, the server's own data could not be put back: {second}\n"
                "The next restore starts by putting it back."
            ) from error
        raise
    _remove_copies(server)


def _read(server: SharedServer, folder: Path) -> None:
    """Read a dump into a second database and a second folder."""
    with (folder / DATABASE).open("rb") as file:
        server.run_script("postgres", _READ_DATABASE, stdin=file)
    with (folder / ARTIFACTS).open("rb") as file:
        server.run_script("mlflow", _READ_ARTIFACTS, stdin=file)
    server.run_script("mlflow", _UPGRADE)


def _put_back(server: SharedServer) -> None:
    """Undo what an unfinished restore has changed, and start the server with its own data."""
    if b"previous" in server.run_script("postgres", _LIST_DATABASES).split():
        server.compose("stop", "mlflow")
        server.run_script("mlflow", _UNDO_ARTIFACTS, *_STOPPED)
        server.run_script("postgres", _RENAME_DATABASES.format(new="previous", old="restored"))
    server.start()
    _remove_copies(server)


def _remove_copies(server: SharedServer) -> None:
    """Remove the second database and folder, the database first: it marks an unfinished restore."""
    server.run_script("postgres", _DROP_DATABASES)
    server.run_script("mlflow", _REMOVE_ARTIFACTS)


def _end(archive: Path) -> bytes:
    """Return the last 1,024 bytes of a file; a complete tar archive ends in so many zeros."""
    with archive.open("rb") as file:
        file.seek(-min(1024, archive.stat().st_size), os.SEEK_END)
        return file.read()
