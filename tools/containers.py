"""The tracking server of docker-compose.yml, for tests and benchmarks: each has one of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]


class EngineError(RuntimeError):
    """The container engine did not do what it was asked to; the message is its own."""


def engine_runs() -> bool:
    """Tell whether a container engine with compose answers."""
    if shutil.which("docker") is None:
        return False
    commands = (["docker", "info"], ["docker", "compose", "version"])
    asked = (subprocess.run(command, capture_output=True, check=False) for command in commands)
    return all(done.returncode == 0 for done in asked)


def compose(project: str, *arguments: str, url: str = "") -> None:
    """Run `docker compose` on the project's file as it is.

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
        env={**os.environ, **port},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EngineError(f"docker compose {' '.join(arguments)} failed.\n{done.stderr}")


def throw_away(project: str) -> None:
    """End what runs under a project name, with its data, and without waiting.

    Raises:
        EngineError: the engine refused, or does not answer.
    """
    compose(project, "down", "--volumes", "--timeout", "0")
