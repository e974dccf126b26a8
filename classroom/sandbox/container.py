"""Use a container of Docker or Podman as a sandbox, if there is no bubblewrap.

Its image is empty. As in bubblewrap, Python and its packages are those of this machine, mounted
read-only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from itertools import chain
from pathlib import Path

from classroom.sandbox import HIDDEN, HOME, NoSandbox, Sandbox, Workspace, visible_paths

IMAGE = "mlflow-course-empty"
_EMPTY_ARCHIVE = bytes(10_240)  # a tar archive without files


class Container(Sandbox):
    """Run a program in a container that has no network and can write to one folder."""

    name = "container"

    def __init__(self) -> None:
        """Find a container engine that answers, and create the empty image.

        Raises:
            NoSandbox: there is none, or it cannot create the image.
        """
        engines = filter(shutil.which, ("docker", "podman"))
        self.engine = next((name for name in engines if not _run(name, "info").returncode), "")
        if not self.engine:
            raise NoSandbox("Neither Docker nor Podman answers. Start one of them.")
        if _run(self.engine, "image", "inspect", IMAGE).returncode:
            done = _run(self.engine, "import", "-", IMAGE, stdin=_EMPTY_ARCHIVE)
            if done.returncode:
                raise NoSandbox(f"Its image cannot be created: {done.stderr.decode()[-300:]}")

    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line; see Sandbox."""
        limits, user = workspace.limits, workspace.user or os.getuid()
        options = [
            ("--rm", "--init", "--name", _name(workspace.folder)),
            ("--network", "none", "--read-only", "--cap-drop", "ALL"),
            ("--security-opt", "no-new-privileges", "--user", f"{user}:{user}"),
            ("--userns", "keep-id") if self.engine == "podman" and not workspace.user else (),
            ("--memory", str(limits.memory), "--memory-swap", str(limits.memory)),
            ("--pids-limit", str(limits.processes), "--shm-size", str(limits.folder)),
            ("--tmpfs", f"/tmp:size={limits.folder},mode=1777", "--workdir", "/"),
            *(("--env", "=".join(item)) for item in workspace.variables(store).items()),
            *(("--volume", f"{path}:{path}:ro") for path in visible_paths()),
            *(("--tmpfs", f"{path}:ro") for path in HIDDEN),
            ("--volume", f"{workspace.folder}:{HOME}"),
        ]
        return [self.engine, "run", *chain(*options), IMAGE, *workspace.program()]

    def end(self, folder: Path) -> None:
        """Remove the containers whose folders are that one or below it."""
        query = ("ps", "--all", "--quiet", "--filter", f"name=^/?{_name(folder)}")
        if names := _run(self.engine, *query).stdout.decode().split():
            _run(self.engine, "rm", "--force", *names)


def _name(folder: Path) -> str:
    """Return the name of a folder's container, which begins with the parent folder's name.

    >>> _name(Path("/tmp/grading-x1/a/first"))
    'tmp-grading-x1-a-first'
    """
    return re.sub(r"[^\w.-]", "-", str(folder).strip("/"))


def _run(engine: str, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [engine, *arguments]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)
    except subprocess.TimeoutExpired:  # another engine may still work
        return subprocess.CompletedProcess(command, 1, b"", b"It took longer than 60 s.")
