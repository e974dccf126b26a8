"""No sandbox, on the instructor's own word."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from classroom.sandbox import INSIDE, Workspace, resident, settings, variables


class Bare:
    """No sandbox: a process like any other."""

    name = "none"

    def home(self, folder: Path) -> str:
        """Return the folder's own path."""
        return str(folder)

    def command(self, workspace: Workspace, *arguments: str, store: str = "") -> list[str]:
        """Return the command line; see Sandbox."""
        home = str(workspace.folder)
        named = [f"{name}={value}" for name, value in variables(home).items()]
        said = settings(workspace, home, arguments, store=store)
        return ["env", "-i", *named, sys.executable, str(INSIDE), said]

    def end(self, folder: Path) -> None:
        """End what has its home in that folder, also what has left its family."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # another user's, or it has ended by itself
                if Path(process.environ().get("HOME", "/")).is_relative_to(folder):
                    process.kill()

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return how much memory is used by the program and all that it started."""
        return resident(process.pid)
