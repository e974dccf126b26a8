"""Every exercise by way of `make grade`: it says the same as the check does in the notebook.

Solved notebooks pass, students' copies are not begun; of each exercise two more right answers pass,
and three wrong ones get the same first unmet requirement as in `test_answers.py`. The lessons and
answers are found, not named, and all are handed in at once. Beside the lessons lies what lies
beside them on an instructor's machine: a copy, an empty notebook, work of the instructor's own.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from classroom.sandbox import HOME
from tests.answers import NAMES, Answer, exercise, find
from tests.submissions import NOTEBOOKS, chosen, copy_with_strays, skip_without, write_answers

EVERY_SOLVED = [
    NOTEBOOKS / "solutions" / name for name in sorted({exercise(name).notebook for name in NAMES})
]
# `make grade`, with another folder of lessons than the course's.
GRADE = """
import sys
from pathlib import Path
from classroom.grading import __main__ as command, lessons
lessons.NOTEBOOKS = Path(sys.argv.pop(1))
sys.exit(command.main())
"""


Expected = dict[tuple[str, str], tuple[str, str]]  # by student and lesson: verdict, and what unmet


def hand_in(folder: Path, handed_in: Iterable[Answer]) -> Expected:
    """Hand in answers, a student for each; return what is to be said of them."""
    expected = {}
    for answer in handed_in:
        made, student = exercise(answer.exercise), f"{answer.exercise} {answer.kind} {answer.name}"
        write_answers([answer], folder / student / made.notebook)
        verdict, unmet = "passed", ""
        if answer.kind == "wrong":
            verdict, unmet = "wrong", made.words.requirement[answer.caught_by].title
            if sum(exercise(other).notebook == made.notebook for other in NAMES) > 1:
                unmet = f"`{made.name}`: {unmet}"
        expected[student, Path(made.notebook).stem] = (verdict, unmet)
    return expected


def graded(folder: Path, sandbox: str) -> Expected:
    """Grade the class in a folder; return each verdict and first unmet requirement."""
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
    for row in rows:
        assert (folder.with_name("feedback") / row["file"]).with_suffix(".html").is_file()
    return {
        (row["student"], row["exercise"]): (
            row["verdict"],
            row["first_unmet_requirement"] if row["verdict"] == "wrong" else "",
        )
        for row in rows
    }


def test_each_is_judged_as_its_check_judges_it(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    expected = hand_in(folder, (answer for name in NAMES for answer in chosen(name)))
    for solved in EVERY_SOLVED:
        copies = {"solved": ("passed", solved), "untouched": ("unsolved", NOTEBOOKS / solved.name)}
        for student, (verdict, path) in copies.items():
            (folder / student).mkdir(exist_ok=True)
            shutil.copy(path, folder / student)
            expected[student, solved.stem] = (verdict, "")
    assert graded(folder, "bubblewrap") == expected


def test_a_container_judges_the_same(tmp_path: Path) -> None:
    uses_a_helper = find("best_child", "right", "helpers_best_child")
    models = [find("tune_and_keep", "right", "original"), *list(chosen("tune_and_keep"))[-2:]]
    expected = hand_in(tmp_path / "class", [uses_a_helper, *models])
    assert graded(tmp_path / "class", "container") == expected
