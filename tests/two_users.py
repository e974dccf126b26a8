"""Two users of one machine at work with the course: run as root, by test_server.py.

Both start a tracking server at the same time, and know nothing of each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

UIDS = {"ada": 20001, "bob": 20002}
START, STOP = (("-m", "tools.tracking_server", action) for action in ("start", "stop"))
WORK = """
import json, os, mlflow
from helpers import connect, server_status, ui_link
connect("of " + os.environ["USER"])
names = [experiment.name for experiment in mlflow.search_experiments()]
print(json.dumps({"link": ui_link().url, "status": server_status(), "experiments": names}))
"""


def begin(name: str, homes: Path, *command: str) -> subprocess.Popen[str]:
    """Begin to run Python as one of them."""
    return subprocess.Popen(
        [sys.executable, *command],
        user=UIDS[name],
        group=UIDS[name],
        extra_groups=[],
        cwd=homes / name,
        env={"HOME": str(homes / name), "USER": name, "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def main(homes: Path) -> None:
    """Let both start a server, work, and stop it; print what each was told."""
    for name, uid in UIDS.items():
        (homes / name).mkdir()
        os.chown(homes / name, uid, uid)
    said = []
    for step in (
        {"ada": START, "bob": START},
        {"ada": ("-c", WORK), "bob": ("-c", WORK)},
        {"ada": STOP},
        {"ada": ("-c", WORK), "bob": ("-c", WORK)},
        {"bob": STOP},
    ):
        begun = {name: begin(name, homes, *command) for name, command in step.items()}
        said.append({name: process.communicate()[0] for name, process in begun.items()})
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
