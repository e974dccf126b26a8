"""Use a container of Docker or Podman as a sandbox, if there is no bubblewrap.

Its image adds the course's locked packages to the image that docker-compose.yml runs. The course's
own code is not in the image: it is mounted read-only.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from classroom.sandbox import COURSE, HIDDEN, HOME, INSIDE, PACKAGES, NoSandbox, Sandbox, Workspace

_LOCK = COURSE / "requirements.lock"
_INSTALLER = (COURSE / "helpers" / "install.py", COURSE / "helpers" / "installer.lock")
_VENV = "/opt/course/.venv"
# Runs in a container that becomes the image. Later containers cannot write bytecode: do it now.
_INSTALL = f"""
set -ea
. /opt/settings/environment
PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 PIP_ROOT_USER_ACTION=ignore
python3 -m venv --without-pip --system-site-packages {_VENV}
python3 /opt/course/helpers/install.py requirements.lock
"""
# This machine's settings for where packages are. They may contain a password, so they are passed in
# a mounted file: an image keeps build arguments and the environment.
_OF_THIS_MACHINE = ("PIP_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Container(Sandbox):
    """Run a program in a container that has no network and can write to one folder."""

    name = "container"

    def __init__(self) -> None:
        """Find a container engine that answers.

        Raises:
            NoSandbox: there is none.
        """
        engines = filter(shutil.which, ("docker", "podman"))
        self.engine = next((name for name in engines if not _run(name, "info").returncode), "")
        if not self.engine:
            raise NoSandbox("Neither Docker nor Podman answers. Start one of them.")
        files = b"".join(path.read_bytes() for path in (_LOCK, *_INSTALLER))
        digest = hashlib.sha256(files + (_base() + _INSTALL).encode()).hexdigest()
        self.image = f"mlflow-course-grading:{digest[:12]}"

    def is_built(self) -> bool:
        """Tell whether the course's image exists."""
        return _run(self.engine, "image", "inspect", self.image).returncode == 0

    def build(self) -> None:
        """Build the course's image.

        Raises:
            NoSandbox: the engine cannot build it.
        """
        name = f"mlflow-course-{secrets.token_hex(8)}"
        with tempfile.TemporaryDirectory() as folder:
            mounts = [(Path(folder), "/opt/settings"), (_LOCK, f"/opt/course/{_LOCK.name}")]
            mounts += [(path, f"/opt/course/helpers/{path.name}") for path in _INSTALLER]
            _write_settings(Path(folder))
            try:
                self._do(
                    *("run", "--name", name, "--network", "host", "--user", "0"),
                    *(w for path, there in mounts for w in ("--volume", f"{path}:{there}:ro")),
                    *("--entrypoint", "sh", _base(), "-c", _INSTALL),
                )
                self._do("commit", name, self.image)
            finally:
                _run(self.engine, "rm", "--force", name)

    def _do(self, *arguments: str) -> None:
        """Run a command of the engine that may take minutes.

        Raises:
            NoSandbox: the command failed.
        """
        done = _run(self.engine, *arguments, seconds=1800)
        if done.returncode:
            raise NoSandbox(f"Its image cannot be built: {(done.stdout + done.stderr)[-300:]}")

    def command(self, workspace: Workspace, store: str) -> list[str]:
        """Return the command line; see Sandbox."""
        limits, user = workspace.limits, workspace.user or os.getuid()
        named = {**workspace.variables(store), "PYTHONPATH": "/opt/code"}
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
            *(
                w
                for path in HIDDEN
                for w in ("--tmpfs", f"/opt/code/{path.relative_to(COURSE)}:ro")
            ),
            *("--volume", f"{INSIDE}:/opt/inside.py:ro", "--volume", f"{workspace.folder}:{HOME}"),
            *(
                "--workdir",
                "/",
                "--entrypoint",
                f"{_VENV}/bin/python",
                self.image,
                "/opt/inside.py",
            ),
            workspace.rlimits(),
        ]

    def end(self, folder: Path) -> None:
        """Remove the containers whose folders are that one or below it."""
        query = ("ps", "--all", "--quiet", "--filter", f"name=^/?{_name(folder)}")
        if names := _run(self.engine, *query).stdout.split():
            _run(self.engine, "rm", "--force", *names)


def _name(folder: Path) -> str:
    """Return the name of a folder's container, which begins with the parent folder's name.

    >>> _name(Path("/tmp/grading-x1/a/first"))
    'tmp-grading-x1-a-first'
    """
    return re.sub(r"[^\w.-]", "-", str(folder).strip("/"))


def container() -> Container:
    """Return a container sandbox; build its image if it does not exist.

    Raises:
        NoSandbox: there is no engine, or it cannot build the image.
    """
    sandbox = Container()
    if not sandbox.is_built():
        print("Building the sandbox's image. This takes minutes, but only once.", file=sys.stderr)
        sandbox.build()
    return sandbox


def _write_settings(folder: Path) -> None:
    """Write this machine's settings for the installer in a container."""
    settings = {name: os.environ[name] for name in _OF_THIS_MACHINE if name in os.environ}
    if "PIP_CERT" in os.environ:
        shutil.copyfile(os.environ["PIP_CERT"], folder / "certificates.pem")
        settings["PIP_CERT"] = "/opt/settings/certificates.pem"
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in settings.items()]
    (folder / "environment").write_text("".join(lines), encoding="utf-8")


def _base() -> str:
    """Return the image that docker-compose.yml runs."""
    compose = (COURSE / "docker-compose.yml").read_text(encoding="utf-8")
    return str(re.findall(r"^ *image: *(\S+)", compose, re.M)[0])


def _run(engine: str, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    command = [engine, *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:  # another engine may still work
        return subprocess.CompletedProcess(command, 1, "", f"It took longer than {seconds:.0f} s.")
