"""tools/install.py with uv and with pip, and the commands for those who have no make."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tools.lessons import ROOT


def test_the_lines_for_powershell_do_what_make_does() -> None:
    page = (ROOT / "docs" / "windows.md").read_text("utf-8")
    lines = "".join(re.findall(r"```powershell\n(.*?)```", page, re.S)).splitlines()
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text("utf-8")
    if shutil.which("make") is None:
        pytest.skip("needs make")
    command = ["make", "-n", "-B", "setup", "lab", "test", "PYTHON=py -3.12", "REQUIRE_ALL="]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert 1 < len(lines) <= 4
    for line in lines:
        words = set(line.replace("\\", "/").replace("/Scripts/", "/bin/").split())
        assert any(words <= set(one.split()) for one in made.replace("\\\n", "").splitlines()), line
        assert "jupyter-lab" in line or f"- run: {line}" in workflow


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with the installer, an environment with pip alone, and a package to install."""
    venv.create(tmp_path / ".venv", with_pip=True, symlinks=os.name != "nt")
    (tmp_path / "tools").mkdir()
    for name in ("install.py", "installer.lock"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools")
    info = "tiny-1.0.dist-info"
    files = {
        "tiny.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in files)
    wheel = tmp_path / "wheels" / "tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (tmp_path / "tiny.lock").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    (tmp_path / "forged.lock").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    return tmp_path


def install(course: Path, lock: str, pip_conf: str, **settings: str) -> tuple[int, str, str, str]:
    """Install `lock` anew, with these settings of pip; return the code, what was said, and by whom.

    The last one is empty if nothing is installed.
    """
    for old in course.glob(".venv/**/tiny-*"):
        shutil.rmtree(old)
    (course / "pip.conf").write_text(f"[global]\nno_index = 1\n{pip_conf}")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    environment = {**kept, "PIP_CONFIG_FILE": str(course / "pip.conf"), **settings}
    command = [sys.executable, "tools/install.py", lock]
    ended = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    by = [path.read_text().strip() for path in course.glob(".venv/**/tiny-*/INSTALLER")]
    return ended.returncode, ended.stdout, ended.stderr, "".join(by)


def test_pip_installs_where_uv_cannot_be_had_and_else_uv_looks_where_pip_was_told_to(
    course: Path,
) -> None:
    here = f"find_links = {course / 'wheels'}"
    without = "uv cannot be had here, so pip installs: one to two minutes.\n"
    assert install(course, "tiny.lock", here) == (0, without, "", "pip")

    pytest.importorskip("uv", reason="needs uv: make setup")
    (packages,) = course.glob(".venv/**/site-packages")
    (packages / "with_uv.pth").write_text(sysconfig.get_path("purelib"))
    assert install(course, "tiny.lock", here) == (0, "", "", "uv")
    settings = {"PIP_FIND_LINKS": str(course / "wheels")}  # the environment beats the file
    assert install(course, "tiny.lock", f"{here}/elsewhere", **settings) == (0, "", "", "uv")
    code, out, err, by = install(course, "forged.lock", here)
    assert (code, out, by) == (1, "uv could not, so pip installs: one to two minutes.\n", "")
    assert "hash" in err.lower()
    assert "Not installed: forged.lock." in err
