"""Every exercise by way of `make grade`: solved notebooks pass, students' copies are not begun.

The lessons are found, not named, and all are handed in at once. Beside the lessons lies what lies
beside them on an instructor's machine: a copy, an empty notebook, work of the instructor's own.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

from classroom.sandbox import HOME
from tests.answers import ANSWERS
from tests.submissions import NOTEBOOKS, STUDENT, copy_with_strays, skip_without, submission

EVERY_SOLVED = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))
USES_A_HELPER = ANSWERS / "best_child" / "right" / "helpers_best_child.py"
# `make grade`, with another folder of lessons than the course's.
GRADE = """
import sys
from pathlib import Path
from classroom import grading, lessons
lessons.NOTEBOOKS = Path(sys.argv.pop(1))
sys.exit(grading.main())
"""


def hand_in(folder: Path) -> None:
    """A class of one who solved everything, one who began nothing, and one with another answer."""
    for solved in EVERY_SOLVED:
        for student, path in (("solved", solved), ("untouched", NOTEBOOKS / solved.name)):
            (folder / student).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / student)
    submission(STUDENT, folder / "helped" / STUDENT.name, USES_A_HELPER.read_text())


def graded(folder: Path, sandbox: str) -> dict[tuple[str, str], str]:
    """Grade the class in a folder; return the verdicts, by student and lesson."""
    skip_without(sandbox)
    there = Path(HOME).exists()
    beside = copy_with_strays(folder.with_name("notebooks"))
    output = folder.with_name("grades.csv")
    command = [sys.executable, "-c", GRADE, str(beside), str(folder), "--output", str(output)]
    done = subprocess.run(
        [*command, "--sandbox", sandbox, "--time-limit", "900"],  # on a busy machine as well
        env={**os.environ, "MLFLOW_TRACKING_URI": "http://localhost:1"},  # it needs no server
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Not taken" not in done.stdout
    assert "A new study" not in done.stderr  # Optuna's, for each call of lesson 07's check
    assert Path(HOME).exists() == there, "The grading wrote where only the sandbox has a folder."
    with output.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["error"] for row in rows} == {""}, rows
    for row in rows:
        assert (folder.with_name("feedback") / row["file"]).with_suffix(".html").is_file()
    return {(row["student"], row["exercise"]): row["verdict"] for row in rows}


def test_each_is_judged_as_it_should_be(tmp_path: Path) -> None:
    hand_in(tmp_path / "class")
    stems = [solved.stem for solved in EVERY_SOLVED]
    assert graded(tmp_path / "class", "bubblewrap") == {
        **{("solved", stem): "passed" for stem in stems},
        **{("untouched", stem): "unsolved" for stem in stems},
        ("helped", STUDENT.stem): "passed",
    }


def test_a_container_shows_helpers_and_models_to_the_check(tmp_path: Path) -> None:
    [tunes_a_model] = (path for path in EVERY_SOLVED if path.name.startswith("06_"))
    submission(STUDENT, tmp_path / "class" / "helped" / STUDENT.name, USES_A_HELPER.read_text())
    (tmp_path / "class" / "solved").mkdir()
    shutil.copy(tunes_a_model, tmp_path / "class" / "solved")
    assert graded(tmp_path / "class", "container") == {
        ("helped", STUDENT.stem): "passed",
        ("solved", tunes_a_model.stem): "passed",
    }
