"""The course's servers in containers, for tests and benchmarks: each has one of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from classroom.server import shared_server as shared
from tools.lessons import ROOT
from tools.servers import free_url


class EngineError(RuntimeError):
    """The container engine did not do what it was asked to; the message is its own."""


def engine_runs() -> bool:
    """Tell whether a container engine with compose answers."""
    asked = ["docker", "compose", "ls"]
    return (
        bool(shutil.which("docker")) and not subprocess.run(asked, capture_output=True).returncode
    )


def compose(project: str, *arguments: str, url: str = "") -> str:
    """Run `docker compose` on the project's file as it is; return what it printed.

    Args:
        project: the name under which it runs, apart from all others.
        arguments: what follows `docker compose`, such as `"up", "--wait"`.
        url: where the server is to answer; the file's own port if empty.

    Raises:
        EngineError: it failed; the message is what it said.
    """
    port = {"MLFLOW_PORT": str(urlsplit(url).port)} if url else {}
    done = subprocess.run(
        ["docker", "compose", "--project-name", project, *arguments],
        cwd=ROOT,
        env=os.environ | port,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise EngineError(f"docker compose {' '.join(arguments)} failed.\n{done.stderr}")
    return done.stdout


def throw_away(project: str) -> None:
    """End what runs under a project name, with its data, and without waiting.

    Raises:
        EngineError: the engine refused, or does not answer.
    """
    compose(project, "down", "--volumes", "--timeout", "0")


@contextmanager
def container_server() -> Iterator[str]:
    """Start the server of docker-compose.yml on a volume of its own; yield its address."""
    project, url = f"course-{uuid.uuid4().hex[:8]}", free_url()
    try:
        compose(project, "up", "--detach", "--wait", url=url)
        yield url
    finally:
        throw_away(project)


def missing_image() -> str:
    """Return the image of the course's own server if it is not on this machine, else ""."""
    images = compose("course", "config", "--images").split()
    return next((image for image in images if _comment(image) is None), "")


def missing_images() -> list[str]:
    """Return the images of the shared server that are not on this machine."""
    return [image for image in shared_images() if _comment(image) is None]


def stand_ins() -> list[str]:
    """Return the images of both servers that `.ci/stand-in-image` has built here."""
    images = [*compose("course", "config", "--images").split(), *shared_images()]
    return [image for image in images if "stands in for" in (_comment(image) or "")]


def shared_images() -> list[str]:
    """Return the images that the shared server consists of."""
    text = (shared.HERE / "docker-compose.yml").read_text(encoding="utf-8")
    return re.findall(r"(?m)^ +image: (\S+)", text)


def _comment(image: str) -> str | None:
    """Return what an image's layers say of themselves; None if it is not on this machine."""
    command = ["docker", "history", "--format", "{{.Comment}}", image]
    done = subprocess.run(command, capture_output=True, text=True)
    return None if done.returncode else done.stdout


@contextmanager
def shared_server(
    folder: Path, url: str, override: str = "services: {}", **settings: str
) -> Iterator[shared.SharedServer]:
    """Start the shared server of classroom/; remove it, and all that is on it, whatever happens.

    Args:
        folder: for its settings.
        url: where it is to answer.
        override: what a compose file changes about it.
        settings: more of them, such as MLFLOW_WORKERS.
    """
    changed, own = folder / "override.yml", folder / "settings"
    changed.write_text(override, encoding="utf-8")
    told = {
        "COMPOSE_FILE": f"{shared.HERE / 'docker-compose.yml'}{os.pathsep}{changed}",
        "COMPOSE_PROJECT_NAME": f"course-shared-{uuid.uuid4().hex[:8]}",
        "MLFLOW_PORT": urlsplit(url).port,
        **settings,
    }
    shared.make_settings(own)
    with own.open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in told.items())
    server = shared.SharedServer(own)
    try:
        server.start()
        yield server
    finally:
        server.compose("down", "--volumes", "--timeout", "0")
