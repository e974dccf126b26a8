"""Start the shared server of `docker-compose.yml` in this folder, and keep its settings.

Needs only Python and Docker, so the server's machine need not have the course's packages.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
SETTINGS = HERE / ".env"
SECRETS = (
    "POSTGRES_PASSWORD",
    "MLFLOW_AUTH_ADMIN_PASSWORD",
    "MLFLOW_FLASK_SERVER_SECRET_KEY",
)
_FIRST = """# Created at the first start of the shared server. Keep this file secret.
# The instructor's account is `admin`.
{secrets}
# The name of the TLS proxy that forwards to this machine's port 8080: see shared_server.md.
#CLASSROOM_NAME=mlflow.school.example
#MLFLOW_WORKERS=2
"""


class SharedServerError(RuntimeError):
    """The command failed. The message says why and what to do."""


@dataclass(frozen=True)
class SharedServer:
    """A shared server on this machine.

    Attributes:
        settings: the file with its secrets, created at the first start.
    """

    settings: Path = SETTINGS

    def compose(
        self,
        *arguments: str,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: IO[bytes] | int = subprocess.PIPE,
    ) -> bytes:
        """Run `docker compose` for this server; return its output, unless it goes to `stdout`.

        Ignores variables such as COMPOSE_FILE, which the shell may have exported for another
        project.

        Args:
            arguments: the arguments after `docker compose`.
            stdin: a file to read from.
            stdout: a file to write to.

        Raises:
            SharedServerError: the command failed; the message has its error output.
        """
        try:
            done = subprocess.run(
                ["docker", "compose", "--env-file", str(self.settings), *arguments],
                cwd=HERE,
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                check=False,
                env={k: v for k, v in os.environ.items() if not k.startswith("COMPOSE_")},
            )
        except FileNotFoundError:
            raise SharedServerError("There is no command docker. Install Docker.") from None
        if done.returncode:
            output = done.stderr.decode(errors="replace").strip()
            raise SharedServerError(f"docker compose {' '.join(arguments)[:80]} failed:\n{output}")
        return done.stdout or b""

    def start(self) -> None:
        """Start the server and wait until it answers; the first time, create its secrets.

        Raises:
            SharedServerError: it does not start, or its settings cannot be written.
        """
        if not self.settings.exists():
            make_settings(self.settings)
        try:
            self.compose("up", "--detach", "--wait")
        except SharedServerError as error:
            if "is unhealthy" not in str(error):
                raise
            # After a crash or a pause, Docker reports this until its next check, every 5 s.
            time.sleep(6)
            self.compose("up", "--detach", "--wait")

    def run_script(self, service: str, script: str, *how: str, **streams: IO[bytes]) -> bytes:
        """Run a shell script in a service's container; return its output.

        Args:
            service: the service.
            script: the script.
            how: `exec` in the running container, or `run` in a new one while it is stopped.
            streams: files for `stdin` or `stdout`.

        Raises:
            SharedServerError: the script failed.
        """
        return self.compose(*(how or ["exec"]), "-T", service, "sh", "-c", script, **streams)


def read_settings(file: Path = SETTINGS) -> dict[str, str]:
    """Return a shared server's settings for `make accounts`, as docker compose reads them.

    Args:
        file: the file with the settings.

    Raises:
        SharedServerError: the file does not exist, or docker compose cannot read it.
    """
    if not file.is_file():
        raise SharedServerError(f"{file} does not exist. Run make classroom, which creates it.")
    config = json.loads(SharedServer(file).compose("config", "--format", "json"))
    # Compose doubles each $ in its output, so that it could read the output again.
    return {name: value.replace("$$", "$") for name, value in config["x-settings"].items()}


def students_url(settings: Mapping[str, str]) -> str:
    """Return the address at which students reach the server.

    It begins with https, for the proxy on this machine, unless the server answers the network.

    Args:
        settings: the result of `read_settings`.
    """
    if not (name := settings["CLASSROOM_NAME"]):
        return f"http://localhost:{settings['MLFLOW_PORT']}"
    scheme = "https" if settings["CLASSROOM_LISTEN"] == "127.0.0.1" else "http"
    return f"{scheme}://{name}"


def make_settings(file: Path) -> None:
    """Draw the secrets of a new server, and write them to a file that nobody else can read.

    Args:
        file: the file to create.

    Raises:
        SharedServerError: the file cannot be written.
    """
    drawn = (f"{name}={secrets.token_urlsafe(24)}" for name in SECRETS)
    write_privately(file, _FIRST.format(secrets="\n".join(drawn)))


def write_privately(file: Path, text: str) -> None:
    """Write a file that nobody else can read.

    Args:
        file: the file to create.
        text: its content.

    Raises:
        SharedServerError: the file cannot be written.
    """
    try:
        file.touch(0o600, exist_ok=False)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SharedServerError(f"{file} cannot be written: {error.strerror}.") from None
