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

from classroom.sandbox import COURSE, HELPERS, HOME, INSIDE, NoSandbox, Place, settings, variables


class Container:
    """Runs a program in a container that has no network and can write to one folder."""

    name = "container"

    def __init__(self, engine: str, image: str) -> None:
        self.engine, self.image = engine, image

    def home(self, folder: Path) -> str:
        """Return the folder's path as the program sees it."""
        return HOME

    def command(self, place: Place, *arguments: str, store: str = "") -> list[str]:
        """Return the command line; see Sandbox."""
        limits, user = place.limits, place.user or os.getuid()
        named = {**variables(HOME), "PYTHONPATH": "/opt/course:/opt/code"}
        return [
            *(self.engine, "run", "--rm", "--init", "--name", _name(place.folder)),
            *("--network", "none", "--read-only", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges", "--user", f"{user}:{user}"),
            *(["--userns", "keep-id"] if self.engine == "podman" and not place.user else []),
            *("--memory", str(limits.memory), "--memory-swap", str(limits.memory)),
            *("--pids-limit", str(limits.processes), "--shm-size", str(limits.folder)),
            *("--tmpfs", f"/tmp:size={limits.folder},mode=1777"),
            *(word for item in named.items() for word in ("--env", "=".join(item))),
            *("--volume", f"{HELPERS}:/opt/code/helpers:ro"),
            *("--volume", f"{INSIDE}:/opt/inside.py:ro", "--volume", f"{place.folder}:{HOME}"),
            *("--workdir", "/", "--entrypoint", "python3", self.image, "/opt/inside.py"),
            settings(place, HOME, arguments, store=store),
        ]

    def end(self, folder: Path) -> None:
        """End the containers whose folders are that one or in it."""
        asked = ("ps", "--all", "--quiet", "--filter", f"name=^/?{_name(folder)}")
        found = _engine(self.engine, *asked).stdout.split()
        if found:
            _engine(self.engine, "rm", "--force", *found)

    def memory(self, process: subprocess.Popen[bytes]) -> int:
        """Return 0: the engine itself ends what uses too much."""
        return 0


def _name(folder: Path) -> str:
    """Return the name of a folder's container; it begins with that of the folder above.

    >>> _name(Path("/tmp/grading-x1/a/first"))
    'grading-x1-a-first'
    """
    parts = folder.parts
    start = next((n for n, part in enumerate(parts) if part.startswith("grading-")), -1)
    return "-".join(parts[start:])


def container() -> Container:
    """Return a container of the engine at hand; build its image if there is none yet.

    Raises:
        NoSandbox: there is no engine, or it cannot build the image.
    """
    for engine in filter(shutil.which, ("docker", "podman")):
        if _engine(engine, "info").returncode == 0:
            return Container(engine, _image(engine))
    raise NoSandbox("neither Docker nor Podman answers")


def _image(engine: str) -> str:
    """Return the name of the image for this lock file, and build it if it is not there."""
    lock, recipe = COURSE / "requirements.lock", Path(__file__).with_name("Dockerfile")
    compose = (COURSE / "docker-compose.yml").read_text(encoding="utf-8")
    base = re.findall(r"^ *image: *(\S+)", compose, re.M)[0]
    made_from = lock.read_bytes() + recipe.read_bytes() + base.encode()
    name = f"mlflow-course-grading:{hashlib.sha256(made_from).hexdigest()[:12]}"
    if _engine(engine, "image", "inspect", name).returncode:
        print("Building the course's image for the sandbox: some minutes, once.", file=sys.stderr)
        # What this machine says of where pip finds packages; their values are in the environment.
        known = ("PIP_CERT", "PIP_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
        own = [f"--build-arg={variable}" for variable in known if variable in os.environ]
        with tempfile.TemporaryDirectory() as folder:
            for file in (lock, recipe):
                shutil.copy(file, folder)
            options = ("--network", "host", "--tag", name, f"--build-arg=IMAGE={base}", *own)
            built = _engine(engine, "build", *options, folder)
        if built.returncode:
            raise NoSandbox(f"its image cannot be built: {(built.stdout + built.stderr)[-300:]}")
    return name


def _engine(engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([engine, *arguments], capture_output=True, text=True, check=False)
