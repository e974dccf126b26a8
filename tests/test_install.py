"""tools/install.py, and README's commands for who has no make."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
import venv
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tools.servers import free_url

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = os.name == "nt"
BIN = "Scripts" if WINDOWS else "bin"
WHEEL = "tiny-1.0-py3-none-any.whl"


# Without make


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """README's lines for PowerShell."""
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```powershell\n(.*?)```", readme, re.S)
    return [line.split("#")[0].strip() for line in "".join(blocks).splitlines()]


def here(line: str) -> list[str]:
    """Return what runs a line on this system: PowerShell itself, or its twin with paths of here."""
    line = re.sub(r"^py -[\d.]+", lambda _: f"& '{sys.executable}'" if WINDOWS else "python", line)
    if WINDOWS:
        return ["powershell", "-NoProfile", "-Command", line]
    twin = line.replace("\\", "/").replace("/Scripts/", "/bin/").split()
    return [sys.executable if part == "python" else part for part in twin]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course, with nothing installed."""
    folder = tmp_path_factory.mktemp("course")
    left_out = shutil.ignore_patterns(".*", "site", "__pycache__", "my_*.ipynb")
    return shutil.copytree(ROOT, folder / "without make", ignore=left_out)


@pytest.fixture(scope="module")
def installed(checkout: Path, lines: list[str]) -> Path:
    """That copy, after README's first line."""
    subprocess.run(here(lines[0]), cwd=checkout, check=True)
    return checkout


def test_readme_has_at_most_four_lines_for_powershell(lines: list[str]) -> None:
    assert 1 < len(lines) <= 4


def test_the_workflow_runs_them_on_windows(lines: list[str]) -> None:
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text("utf-8")
    _, _, windows = workflow.partition("windows-without-make:")
    install, test = (line for line in lines if "jupyter-lab" not in line)
    assert f"- run: {install}\n" in windows
    assert f"- run: {test} " in windows


def test_readmes_line_opens_the_first_lesson(installed: Path, lines: list[str]) -> None:
    (line,) = (line for line in lines if "jupyter-lab" in line)
    url, token = free_url(), "t"
    options = ["--no-browser", f"--port={urlsplit(url).port}", f"--IdentityProvider.token={token}"]
    options += [] if WINDOWS or os.geteuid() else ["--allow-root"]
    command = here(" ".join([line, *options]))
    lab = subprocess.Popen(command, cwd=installed)
    try:
        lesson = f"{url}/api/contents/notebooks/00_start_here.ipynb?content=0&token={token}"
        assert answer(lesson, lab)["type"] == "notebook"
    finally:
        lab.terminate()
        lab.wait(60)


def answer(url: str, server: subprocess.Popen[bytes]) -> dict[str, str]:
    """Return what a server that is starting answers."""
    until = time.monotonic() + 120
    while True:
        try:
            return dict(requests.get(url, timeout=10).json())
        except requests.ConnectionError:
            assert server.poll() is None, "It has ended."
            assert time.monotonic() < until
            time.sleep(0.2)


def test_readmes_line_runs_the_tests(installed: Path, lines: list[str], tracking_uri: str) -> None:
    (line,) = (line for line in lines if "pytest" in line)
    one = f"{line} -n 0 tests/test_trial.py --tracking-server={tracking_uri}"
    ran = subprocess.run(here(one), cwd=installed, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


# uv or pip


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip alone."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True, symlinks=not WINDOWS)
    return folder


@pytest.fixture
def course(tmp_path: Path, bare: Path) -> Path:
    """A folder with the installer, an environment with pip alone, and a lock of one package."""
    (tmp_path / "tools").mkdir()
    for name in ("install.py", "installer.lock"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools")
    shutil.copytree(bare, tmp_path / ".venv", symlinks=True)
    wheel = tmp_path / "index" / "tiny" / WHEEL
    wheel.parent.mkdir(parents=True)
    info = "tiny-1.0.dist-info"
    files = {
        "tiny.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        record = f"{info}/RECORD,,\n"
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            record += f"{name},sha256={digest.decode()},{len(text)}\n"
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", record)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (wheel.parent / "index.html").write_text(f'<a href="{WHEEL}#sha256={digest}">{WHEEL}</a>')
    (tmp_path / "tiny.lock").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    (tmp_path / "forged.lock").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    return tmp_path


def run(course: Path, lock: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Install `lock` in `course`, with no other settings of pip and uv than these."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    environment = {**kept, "PIP_CONFIG_FILE": os.devnull, "no_proxy": "127.0.0.1", **settings}
    command = [sys.executable, "tools/install.py", lock]
    return subprocess.run(
        command, cwd=course, env=environment, capture_output=True, text=True, check=False
    )


def installer(course: Path) -> str | None:
    """Return which program has installed the package, if any has."""
    found = list((course / ".venv").rglob("tiny-1.0.dist-info/INSTALLER"))
    return found[0].read_text().strip() if found else None


def bring_uv(course: Path) -> None:
    """Put the uv of this environment into the course's."""
    try:
        uv = distribution("uv")
    except PackageNotFoundError:
        pytest.skip("needs uv: make setup")
    (packages,) = {path.parent for path in (course / ".venv").rglob("pip") if path.is_dir()}
    for path in uv.files or []:
        source = Path(str(uv.locate_file(path))).resolve()
        scripts = source.parent == Path(sysconfig.get_path("scripts")).resolve()
        target = course / ".venv" / BIN / source.name if scripts else packages / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


@pytest.fixture
def index(course: Path) -> Iterator[str]:
    """The address of a registry that has that package and no other."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=course / "index")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_pip_installs_where_uv_cannot_be_had(course: Path) -> None:
    links = str(course / "index" / "tiny")
    ran = run(course, "tiny.lock", PIP_NO_INDEX="1", PIP_FIND_LINKS=links)
    assert (ran.returncode, installer(course)) == (0, "pip"), ran.stderr
    assert ran.stdout == "uv cannot be had here, so pip installs: one to two minutes.\n"
    assert ran.stderr == ""


def test_uv_looks_where_pip_was_told_to(course: Path, index: str) -> None:
    bring_uv(course)
    (course / "pip.conf").write_text(f"[global]\nindex_url = {index}\n")
    ran = run(course, "tiny.lock", PIP_CONFIG_FILE=str(course / "pip.conf"))
    assert (ran.returncode, installer(course)) == (0, "uv"), ran.stderr
    assert ran.stdout == ""


def test_the_environment_beats_the_file(course: Path, index: str) -> None:
    bring_uv(course)
    (course / "pip.conf").write_text(f"[global]\nindex_url = {index}elsewhere/\n")
    settings = {"PIP_CONFIG_FILE": str(course / "pip.conf"), "PIP_INDEX_URL": index}
    assert run(course, "tiny.lock", **settings).returncode == 0
    assert installer(course) == "uv"


def test_pip_installs_what_uv_cannot_reach(course: Path, index: str) -> None:
    bring_uv(course)
    settings = {"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": f"{index}elsewhere/"}
    ran = run(course, "tiny.lock", **settings)
    assert (ran.returncode, installer(course)) == (0, "pip"), ran.stderr
    assert ran.stdout == "uv could not, so pip installs: one to two minutes.\n"


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_a_package_of_another_hash_is_not_installed(course: Path, index: str, by: str) -> None:
    if by == "uv":
        bring_uv(course)
    ran = run(course, "forged.lock", PIP_INDEX_URL=index)
    assert ran.returncode == 1
    assert "hash" in ran.stderr.lower()
    assert "Not installed: forged.lock." in ran.stderr
    assert installer(course) is None
