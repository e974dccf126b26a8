"""Prepare the database in this folder, then run `mlflow server` on it.

    python -m helpers.mlflow_server PORT

Does both in one process, because importing MLflow takes most of the time. `helpers.supervisor` runs
this in the data folder. All paths are relative to that folder, because its name may contain
characters that a database URL does not allow.
"""

import os
import shlex
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from threading import Event

import psutil

# docker-compose.yml has the same options and explains them.
GUNICORN = "--worker-class gthread --threads 8 --timeout 0 --graceful-timeout 1 --no-control-socket"
DATABASE, INCOMPLETE = Path("mlflow.db"), Path("mlflow.db.incomplete")
# SQLite: "WAL does not work over a network filesystem" (https://sqlite.org/wal.html).
NETWORK_DRIVES = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p", "lustre"}


def main() -> None:
    """Prepare the database, then run the server; SIGTERM does not interrupt the preparation."""
    from mlflow.cli import cli

    stopped = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    # The first start was killed before the database was complete. It contains no runs yet.
    if INCOMPLETE.exists():
        for leftover in (DATABASE, *Path().glob(f"{DATABASE}-*")):
            leftover.unlink(missing_ok=True)
    if not DATABASE.exists():
        INCOMPLETE.touch()
    cli(["db", "upgrade", f"sqlite:///{DATABASE}"], standalone_mode=False)
    INCOMPLETE.unlink(missing_ok=True)
    choose_journal()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if not stopped.is_set():
        cli(["server", *options(sys.argv[1])])


def choose_journal() -> None:
    """Turn on write-ahead logging where it works: one disk flush per commit instead of three."""
    drives = {Path(disk.mountpoint): disk.fstype for disk in psutil.disk_partitions(all=True)}
    journal = "DELETE" if is_network_drive(Path.cwd(), drives) else "WAL"
    with closing(sqlite3.connect(DATABASE)) as database:
        (mode,) = database.execute(f"PRAGMA journal_mode={journal}").fetchone()
    print(f"SQLite's journal mode is {mode}.", flush=True)


def is_network_drive(folder: Path, drives: dict[Path, str]) -> bool:
    """Tell whether a folder is on a network drive.

    Args:
        folder: the folder, as an absolute path.
        drives: the file system's type at each mount point.

    >>> drives = {Path("/"): "ext4", Path("/home"): "nfs4"}
    >>> is_network_drive(Path("/home/ada/course"), drives)
    True
    >>> is_network_drive(Path("/srv/course"), drives)
    False
    """
    mounts = (path for path in (folder, *folder.parents) if path in drives)
    return drives.get(next(mounts, folder), "") in NETWORK_DRIVES


def options(port: str) -> list[str]:
    """Return options that make `mlflow server` answer this machine only.

    Args:
        port: the port to listen on.
    """
    if os.name == "posix":
        settings = shlex.join(["--config", str(Path(__file__).with_name("gunicorn_conf.py"))])
        engine = ["--gunicorn-opts", f"{GUNICORN} {settings}"]
    else:  # Windows has no gunicorn. Without a log line for each request, which nobody reads
        engine = ["--uvicorn-opts", "--no-access-log"]
    listen = ["--host", "127.0.0.1", "--port", port, "--workers", "1"]
    keep = ["--backend-store-uri", f"sqlite:///{DATABASE}", "--artifacts-destination", "artifacts"]
    return [*listen, *keep, *engine]


if __name__ == "__main__":
    main()
