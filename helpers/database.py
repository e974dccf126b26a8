"""Prepare the database of the embedded tracking server, `mlflow.db` in the current folder."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psutil

DATABASE, INCOMPLETE = Path("mlflow.db"), Path("mlflow.db.incomplete")
URI = f"sqlite:///{DATABASE}"
# SQLite: "WAL does not work over a network filesystem" (https://sqlite.org/wal.html).
NETWORK_DRIVES = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p", "lustre"}


def prepare_database() -> None:
    """Create the database, or upgrade the one of an older MLflow, and choose its journal.

    With write-ahead logging, a commit takes one flush to disk instead of three.
    """
    from mlflow.cli import cli

    # The first start was killed before the database was complete. It contains no runs yet.
    if INCOMPLETE.exists():
        for leftover in Path().glob(f"{DATABASE}*"):
            leftover.unlink()
    if not DATABASE.exists():
        INCOMPLETE.touch()
    cli(["db", "upgrade", URI], standalone_mode=False)
    INCOMPLETE.unlink(missing_ok=True)
    drives = {Path(disk.mountpoint): disk.fstype for disk in psutil.disk_partitions(all=True)}
    journal = "DELETE" if is_network_drive(Path.cwd(), drives) else "WAL"
    pragma(f"journal_mode={journal}")


def pragma(statement: str) -> None:
    """Run a PRAGMA on the database, and print its result into the server's log."""
    with closing(sqlite3.connect(DATABASE)) as database:
        print(f"SQLite: {statement}:", *database.execute(f"PRAGMA {statement}"), flush=True)


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
