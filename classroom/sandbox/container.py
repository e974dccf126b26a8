"""A container as a sandbox, where there is no bubblewrap: Docker's or Podman's.

Its image has the course's packages on the image that docker-compose.yml runs (see Dockerfile).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from classroom.sandbox import COURSE, HOME, INSIDE, PACKAGES, NoSandbox, Sandbox, Workspace

_LOCK, _RECIPE = COURSE / "requirements.lock", Path(__file__).with_name("Dockerfile")
# What this machine may say of where pip finds packages, and whom it trusts.
_OF_THIS_MACHINE = ("PIP_CERT", "PIP_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Container(Sandbox):
    """Runs a program in a container that has no network and can write to one folder."""

    name = "container"

    def __init__(self) -> None:
        """Find the engine at hand.

        Raises:
            NoSandbox: there is none.
        """
        engines = filter(shutil.which, ("docker", "podman"))
        self.engine = next((one for one in engines if not _run(one, "info").returncode), "")
        if not self.engine:
            raise NoSandbox("neither Docker nor Podman answers")
        made_from = _LOCK.read_bytes() + _RECIPE.read_bytes() + _base().encode()
        self.image = f"mlflow-course-grading:{hashlib.sha256(made_from).hexdigest()[:12]}"

    def is_built(self) -> bool:
        """Tell whether the course's image is there."""
        return _run(self.engine, "image", "inspect", self.image).returncode == 0

    def build(self) -> None:
        """Build the course's image.

        Raises:
            NoSandbox: the engine cannot.
        """
        own = [f"--build-arg={name}" for name in _OF_THIS_MACHINE if name in os.environ]
        with tempfile.TemporaryDirectory() as folder:
            for file in (_LOCK, _RECIPE):
                shutil.copy(file, folder)
            options = ("--network", "host", "--tag", self.image, f"--build-arg=IMAGE={_base()}")
            built = _run(self.engine, "build", *options, *own, folder, seconds=1800)
        if built.returncode:
            raise NoSandbox(f"its image cannot be built: {(built.stdout + built.stderr)[-300:]}")

    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line; see Sandbox."""
        limits, user = workspace.limits, workspace.user or os.getuid()
        named = {**workspace.variables(store), "PYTHONPATH": "/opt/course:/opt/code"}
        return [
            *(self.engine, "run", "--rm", "--init", "--name", _name(workspace.folder)),
            *("--network", "none", "--read-only", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges", "--user", f"{user}:{user}"),
            *(["--userns", "keep-id"] if self.engine == "podman" and not workspace.user else []),
            *("--memory", str(limits.memory), "--memory-swap", str(limits.memory)),
            *("--pids-limit", str(limits.processes), "--shm-size", str(limits.folder)),
            *("--tmpfs", f"/tmp:size={limits.folder},mode=1777"),
            *(word for item in named.items() for word in ("--env", "=".join(item))),
            *(w for path in PACKAGES for w in ("--volume", f"{path}:/opt/code/{path.name}:ro")),
            *("--volume", f"{INSIDE}:/opt/inside.py:ro", "--volume", f"{workspace.folder}:{HOME}"),
            *("--workdir", "/", "--entrypoint", "python3", self.image, "/opt/inside.py"),
            workspace.settings(),
        ]

    def end(self, folder: Path) -> None:
        """End the containers whose folders are that one or in it."""
        asked = ("ps", "--all", "--quiet", "--filter", f"name=^/?{_name(folder)}")
        if found := _run(self.engine, *asked).stdout.split():
            _run(self.engine, "rm", "--force", *found)


def _name(folder: Path) -> str:
    """Return the name of a folder's container; it begins with that of the folder above.

    >>> _name(Path("/tmp/grading-x1/a/first"))
    'tmp-grading-x1-a-first'
    """
    return re.sub(r"[^\w.-]", "-", str(folder).strip("/"))


def container() -> Container:
    """Return a container of the engine at hand; build its image if there is none yet.

    Raises:
        NoSandbox: there is no engine, or it cannot build the image.
    """
    made = Container()
    if not made.is_built():
        print("Building the course's image for the sandbox: some minutes, once.", file=sys.stderr)
        made.build()
    return made


def _base() -> str:
    compose = (COURSE / "docker-compose.yml").read_text(encoding="utf-8")
    return str(re.findall(r"^ *image: *(\S+)", compose, re.M)[0])


def _run(engine: str, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    command = [engine, *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:  # then, too, there may be another engine
        return subprocess.CompletedProcess(command, 1, "", f"It took longer than {seconds:.0f} s.")
