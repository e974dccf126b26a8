"""What the course does where Python lacks the modules that Windows lacks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIKE_WINDOWS = "import sys, tests.like_windows; tests.like_windows.hide(); "
COLLECT = "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
GRADE = "import runpy; runpy.run_module('classroom.grading', run_name='__main__')"


def like_windows(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program where the course's code finds no module that Windows lacks."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-c", LIKE_WINDOWS + program, *arguments],
        cwd=ROOT,
        env={**ours, "REQUIRE_ALL": "1"},  # no file is left out
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_is_imported_and_collected() -> None:
    folders = ("helpers", "exercises", "classroom", "tools", "tests")
    done = like_windows(COLLECT, "-p", "no:cacheprovider", "--collect-only", "-q", *folders)
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert re.search(r"\d{3} tests collected", done.stdout)
    assert "tests/code/test_grading.py" in done.stdout
    assert "tests/server/test_make_grade.py" in done.stdout


def test_grading_says_in_a_sentence_that_it_needs_linux(tmp_path: Path) -> None:
    done = like_windows(GRADE, "x", "--output", str(tmp_path / "grades.csv"))
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("Grading needs Linux")
    assert "WSL" in sentence
    assert list(tmp_path.iterdir()) == []
