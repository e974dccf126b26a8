"""What several test modules use: the shared server with students, a machine with several users."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import mlflow
import pytest
import requests

from classroom.server.shared_server import SharedServer, read_settings
from tools.containers import engine_runs, missing_image
from tools.lessons import ROOT

NAME = "mlflow.school.example"  # under which a proxy would hand on to it
STUDENTS = ("ada", "bob")
# Volumes in memory, so small that a test can fill them. The holder keeps them while others restart.
SMALL = """
services:
  postgres:
    environment:
      PGDATA: /var/lib/postgresql/data/here
  holder:
    image: postgres:17
    command: [sleep, infinity]
    init: true
    network_mode: none
    volumes: ["artifacts:/artifacts", "database:/database"]
volumes:
  artifacts:
    driver_opts: {type: tmpfs, device: tmpfs, o: "size=32m,mode=1777"}
  database:
    driver_opts: {type: tmpfs, device: tmpfs, o: "size=400m,mode=1777"}
"""


def skip_without_container() -> None:
    """Skip a test that starts docker-compose.yml where that cannot be had."""
    if not engine_runs():
        pytest.skip("no container engine runs on this machine")
    if image := missing_image():
        pytest.skip(f"needs an image that is not here: docker pull {image}")


@dataclass(frozen=True)
class Classroom:
    """A shared server with accounts for its students."""

    server: SharedServer
    url: str
    accounts: Path  # the folder with what each student has to set

    def settings(self, student: str) -> dict[str, str]:
        """What a student sets, as their file says it, with the address on this machine."""
        text = (self.accounts / f"{student}.txt").read_text()
        found = dict(re.findall(r"(?m)^export (\w+)=(.*)$", text))
        return {**found, "MLFLOW_TRACKING_URI": self.url}

    def environment(self, student: str) -> dict[str, str]:
        """The environment of a student's programs."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "PYTEST"))}
        return {**ours, **self.settings(student), "REQUIRE_ALL": ""}

    @property
    def admin(self) -> tuple[str, str]:
        """The instructor's name and password."""
        return "admin", read_settings(self.server.settings)["MLFLOW_AUTH_ADMIN_PASSWORD"]

    def account(self, who: str) -> tuple[str, str]:
        """The name and password of a student, or of the admin."""
        if who == "admin":
            return self.admin
        return who, self.settings(who)["MLFLOW_TRACKING_PASSWORD"]

    def ask(self, who: str, method: str, route: str, **more: Any) -> requests.Response:
        """Send a request as a student, as the admin, or, with an empty name, as nobody."""
        account = self.account(who) if who else None
        return requests.request(method, self.url + route, auth=account, timeout=60, **more)

    def make_accounts(self, students: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Run what `make accounts` runs."""
        command = [sys.executable, "-m", "classroom.server.accounts", str(students)]
        command += ["--settings", str(self.server.settings), "--output", str(self.accounts)]
        return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


@contextmanager
def signed_in(classroom: Classroom, student: str, **more: str) -> Iterator[None]:
    """Let this process be a student's for a while, as one that was started with their settings."""
    before = mlflow.get_tracking_uri()
    account = dict(zip(("USERNAME", "PASSWORD"), classroom.account(student), strict=True))
    settings = {f"MLFLOW_TRACKING_{key}": value for key, value in account.items()}
    settings |= {"MLFLOW_TRACKING_URI": classroom.url, "EXPERIMENT_PREFIX": f"{student}-"}
    if student == "admin":
        settings["EXPERIMENT_PREFIX"] = ""
    with patch.dict(os.environ, {**settings, **more}):
        mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
        try:
            yield
        finally:
            while mlflow.active_run():
                mlflow.end_run("KILLED")
            mlflow.set_tracking_uri(before)


def shared_machine(*options: str) -> list[str]:
    """Return what, put before a command, runs it where every user can read the course, and no more.

    By bubblewrap, and for root. What lies on the way to the course and is closed to others, such
    as /root, is empty there but for that.

    Args:
        *options: what else bubblewrap is told, such as `--unshare-net`: no port is taken there.
    """
    course = sorted({Path(sys.base_prefix), Path(sys.prefix), ROOT})
    ways = sorted({way for path in course for way in path.parents})
    mounts: list[tuple[str | Path, ...]] = [("--dev-bind", "/", "/")]
    mounts += [("--tmpfs", way) for way in ways if not way.stat().st_mode & 0o001]
    mounts += [("--perms", "0755", "--dir", way) for way in ways]
    mounts += [("--ro-bind", path, path) for path in course]
    words = [str(word) for mount in mounts for word in mount]
    return ["bwrap", "--die-with-parent", "--cap-add", "ALL", *words, *options]
