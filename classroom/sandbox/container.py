"""A container as a sandbox, where there is no bubblewrap: Docker's or Podman's.

Its image has the course's packages, as locked, beside those of the image that docker-compose.yml
runs. The course's own code is not in it: it is mounted, read-only.
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

from classroom.sandbox import COURSE, HOME, INSIDE, PACKAGES, NoSandbox, Sandbox, Workspace

_LOCK = COURSE / "requirements.lock"
_INSTALLER = (COURSE / "helpers" / "install.py", COURSE / "helpers" / "installer.lock")
_VENV = "/opt/course/.venv"
# What a container runs of which the image is made. A container cannot compile what it imports.
_INSTALL = f"""
set -ea
. /opt/settings/environment
PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 PIP_ROOT_USER_ACTION=ignore
python3 -m venv --without-pip --system-site-packages {_VENV}
python3 /opt/course/helpers/install.py requirements.lock
"""
# What this machine may say of where packages are. It may hold a password, so
# it comes by a file that is mounted: an image keeps what it is built or started with.
_OF_THIS_MACHINE = ("PIP_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


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
            raise NoSandbox("Neither Docker nor Podman answers: start one of them.")
        files = b"".join(path.read_bytes() for path in (_LOCK, *_INSTALLER))
        digest = hashlib.sha256(files + (_base() + _INSTALL).encode()).hexdigest()
        self.image = f"mlflow-course-grading:{digest[:12]}"

    def is_built(self) -> bool:
        """Tell whether the course's image is there."""
        return _run(self.engine, "image", "inspect", self.image).returncode == 0

    def build(self) -> None:
        """Build the course's image.

        Raises:
            NoSandbox: the engine cannot.
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
            NoSandbox: it failed.
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


def _write_settings(folder: Path) -> None:
    """Write what the installer in a container has to know of this machine."""
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
    except subprocess.TimeoutExpired:  # then, too, there may be another engine
        return subprocess.CompletedProcess(command, 1, "", f"It took longer than {seconds:.0f} s.")
