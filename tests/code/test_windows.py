"""What the course does where Python lacks the modules that Windows lacks."""

from __future__ import annotations

import platform
import re
from pathlib import Path

import pytest

from classroom.grading.__main__ import main
from tools.lesson_list import ROOT

UNIX_ONLY = re.compile(
    r"^(?:import|from) (?:fcntl|grp|posix|pty|pwd|readline|resource|syslog|termios)\b", re.M
)


def test_everything_can_be_imported_but_what_a_grading_starts() -> None:
    tops = ("helpers", "exercises", "classroom", "tools", "tests")
    files = [path for top in tops for path in (ROOT / top).rglob("*.py")]
    unix_only = [path for path in files if UNIX_ONLY.search(path.read_text(encoding="utf-8"))]
    assert unix_only == [ROOT / "classroom" / "grading" / "fork_server.py"]


def test_grading_says_in_a_sentence_that_it_needs_linux(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    assert main(["x", "--output", str(tmp_path / "grades.csv")]) == 1
    [sentence] = capsys.readouterr().err.splitlines()
    assert sentence.startswith("Grading needs Linux")
    assert "WSL" in sentence
    assert list(tmp_path.iterdir()) == []
