"""helpers/install.py with uv and with pip, and the commands for those who have no make."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tools.lesson_list import ROOT


def test_the_lines_for_powershell_do_what_make_does() -> None:
    page = (ROOT / "docs" / "windows.md").read_text("utf-8")
    if shutil.which("make") is None:
        pytest.skip("needs make")
    command = ["make", "-n", "-B", "setup", "lab", "test", "PYTHON=py -3.12", "REQUIRE_ALL="]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    printed = re.sub(
        r"(notebooks/solutions)/\S+", r"\1", printed
    )  # make names each page of the folder
    printed = printed.replace("/Scripts/", "/bin/")  # on Windows
    commands = [set(line.split()) for line in printed.replace("\\\n", "").splitlines()]
    setup, lab, check = re.findall(r"(?m)^(?:py|\.venv).*", page)
    for line in (setup, lab, check):
        words = line.replace("\\", "/").replace("/Scripts/", "/bin/").split()
        assert any(words_of_make.issuperset(words) for words_of_make in commands), line


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with the installer, an environment with pip alone, and a package to install."""
    venv.create(tmp_path / ".venv", with_pip=True, symlinks=os.name != "nt")
    (tmp_path / "helpers").mkdir()
    for name in ("install.py", "installer.lock"):
        shutil.copy(ROOT / "helpers" / name, tmp_path / "helpers")
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (
            ("METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"),
            ("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ("RECORD", ""),
        ):
            archive.writestr(f"tiny-1.0.dist-info/{name}", text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (tmp_path / "tiny.lock").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    (tmp_path / "forged.lock").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    (tmp_path / "pip.conf").write_text(f"[global]\nno_index = 1\nfind_links = {tmp_path}/helpers\n")
    return tmp_path


def install(course: Path, lock: str) -> tuple[str, str, str]:
    """Install `lock` anew; return what was said, and by whom it is installed, if it is."""
    for old in course.glob(".venv/**/tiny-*"):
        shutil.rmtree(old)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    # The environment's word on where packages are beats the file's.
    settings = {"PIP_CONFIG_FILE": str(course / "pip.conf"), "PIP_FIND_LINKS": str(course)}
    command = [sys.executable, "helpers/install.py", lock]
    process = subprocess.run(
        command, cwd=course, env=inherited | settings, capture_output=True, text=True
    )
    by = [path.read_text().strip() for path in course.glob(".venv/**/tiny-*/INSTALLER")]
    assert bool(process.returncode) == (by == [])
    return process.stdout, process.stderr, "".join(by)


def test_pip_installs_where_uv_cannot_be_had_and_else_uv_looks_where_pip_was_told_to(
    course: Path,
) -> None:
    without = "uv is not available, so pip does it, in one to two minutes.\n"
    assert install(course, "tiny.lock") == (without, "", "pip")

    pytest.importorskip("uv", reason="needs uv: make setup")
    (packages,) = course.glob(".venv/**/site-packages")
    (packages / "with_uv.pth").write_text(sysconfig.get_path("purelib"))
    assert install(course, "tiny.lock") == ("", "", "uv")
    out, err, by = install(course, "forged.lock")
    assert (out, by) == ("uv failed, so pip does it, in one to two minutes.\n", "")
    assert "hash" in err.lower()
    assert "Could not install forged.lock." in err


@pytest.mark.skipif(
    platform.system() == "Windows", reason="Windows cannot send Ctrl-C to one process"
)
def test_ctrl_c_while_pip_is_at_work_is_a_sentence(course: Path) -> None:
    (packages,) = course.glob(".venv/**/site-packages")
    stop = "import os, signal; os.kill(os.getppid(), signal.SIGINT)"
    (packages / "stop.pth").write_text(stop)
    sentence = "Interrupted before everything was installed. Run the same command to start again.\n"
    assert install(course, "tiny.lock") == ("", sentence, "")


def test_a_folder_whose_path_mlflow_cannot_use_is_refused(tmp_path: Path) -> None:
    helpers = tmp_path / "100% right" / "helpers"
    helpers.mkdir(parents=True)
    shutil.copy(ROOT / "helpers" / "install.py", helpers)
    command = [sys.executable, helpers / "install.py"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert "Move the course to a folder without % in its path." in process.stderr
    assert [*helpers.parent.iterdir()] == [helpers]
