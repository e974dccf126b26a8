"""Start the course's servers in containers, separately for each test and benchmark."""

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
from tools.lesson_list import ROOT
from tools.temporary_server import free_url


class EngineError(RuntimeError):
    """A command of the container engine failed. The message is the engine's."""


def engine_runs() -> bool:
    """Tell whether a container engine with compose answers."""
    asked = ["docker", "compose", "ls"]
    return (
        bool(shutil.which("docker")) and not subprocess.run(asked, capture_output=True).returncode
    )


def compose(project: str, *arguments: str, url: str = "") -> str:
    """Run `docker compose` with the repository's docker-compose.yml; return its output.

    Args:
        project: the name of the compose project.
        arguments: the arguments after `docker compose`, such as `"up", "--wait"`.
        url: the URL for the server; if empty, the file's default port.

    Raises:
        EngineError: the command failed; the message has its error output.
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
    """Remove a compose project and its data, without waiting for it to shut down.

    Raises:
        EngineError: the engine refused, or does not answer.
    """
    compose(project, "down", "--volumes", "--timeout", "0")


@contextmanager
def container_server() -> Iterator[str]:
    """Start the server of docker-compose.yml with a new volume; yield its URL."""
    project, url = f"course-{uuid.uuid4().hex[:8]}", free_url()
    try:
        compose(project, "up", "--detach", "--wait", url=url)
        yield url
    finally:
        throw_away(project)


def missing_image() -> str:
    """Return the image of the default server if it is not on this machine, else ""."""
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
    """Return the images of the shared server."""
    text = (shared.HERE / "docker-compose.yml").read_text(encoding="utf-8")
    return re.findall(r"(?m)^ +image: (\S+)", text)


def _comment(image: str) -> str | None:
    """Return the history of an image's layers; None if the image is not on this machine."""
    command = ["docker", "history", "--format", "{{.Comment}}", image]
    done = subprocess.run(command, capture_output=True, text=True)
    return None if done.returncode else done.stdout


@contextmanager
def shared_server(
    folder: Path, url: str, override: str = "services: {}", **settings: str
) -> Iterator[shared.SharedServer]:
    """Start the shared server of classroom/; at the end, always remove it and its data.

    Args:
        folder: a folder for its settings.
        url: the URL for the server.
        override: a compose file that overrides parts of the server's.
        settings: more settings, such as MLFLOW_WORKERS.
    """
    changed, own = folder / "override.yml", folder / "settings"
    changed.write_text(override, encoding="utf-8")
    own_settings = {
        "COMPOSE_FILE": f"{shared.HERE / 'docker-compose.yml'}{os.pathsep}{changed}",
        "COMPOSE_PROJECT_NAME": f"course-shared-{uuid.uuid4().hex[:8]}",
        "MLFLOW_PORT": urlsplit(url).port,
        **settings,
    }
    shared.make_settings(own)
    with own.open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in own_settings.items())
    server = shared.SharedServer(own)
    try:
        server.start()
        yield server
    finally:
        server.compose("down", "--volumes", "--timeout", "0")
