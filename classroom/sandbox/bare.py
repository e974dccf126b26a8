"""Run a kernel without a sandbox, if the instructor asks for it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

from classroom.sandbox import Sandbox, Workspace


class Bare(Sandbox):
    """No sandbox: a process like any other."""

    name = "none"

    def home(self, folder: Path) -> str:
        """Return the folder's own path."""
        return str(folder)

    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line; see Sandbox."""
        variables = [f"{name}={value}" for name, value in workspace.variables(store).items()]
        return ["env", "-i", *variables, *workspace.program()]

    def end(self, folder: Path) -> None:
        """Kill all processes whose HOME is in that folder, even those that were detached."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):  # another user's process, or one that has already ended
                if Path(process.environ().get("HOME", "/")).is_relative_to(folder):
                    process.kill()
