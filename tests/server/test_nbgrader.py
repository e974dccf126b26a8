"""The exercises under nbgrader's own commands, by the recipe: all points or none."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from tests.answers import NAMES, exercise
from tests.submissions import (
    EVERY_SOLVED,
    NOTEBOOKS,
    SOLVED,
    STUDENT,
    TO_THE_HINTS,
    chosen,
    shorten,
    submit,
    write_answers,
)

POINTS = 10
Expected = dict[tuple[str, str], tuple[float, str]]  # by student and function: points, what unmet
COURSE = STUDENT.parents[1]
RECIPE = COURSE / "classroom" / "nbgrader" / "nbgrader.md"


def run(folder: Path, commands: str, **environment: str) -> str:
    """Run commands of the recipe or of our own; return what they complain of."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # alembic
    config = {"JUPYTER_CONFIG_DIR": str(folder / "config"), "PATH": path}
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env={**os.environ, **config, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""


def scores(school: Path) -> Counter[str]:
    """The points of each student in all tasks."""
    found: Counter[str] = Counter()
    with (school / "grades.csv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            found[row["student_id"]] += int(float(row["score"]))
    return found


def hand_in_every_exercise(submitted: Path) -> Expected:
    """Hand in every lesson, right and wrong; return what is to be said of each.

    There is a student for each way, who hands in all lessons. More answers go the same way through
    `make grade`; nbgrader takes a minute for four notebooks.
    """
    expected: Expected = {}
    for solved in EVERY_SOLVED:
        named = [name for name in NAMES if exercise(name).notebook == solved.name]
        for student in ("right", "wrong"):
            given = [chosen(name)[0 if student == "right" else -1] for name in named]
            write_answers(given, submitted / student / "course" / solved.name)
            for answer in given:
                made = exercise(answer.exercise)
                expected[student, made.name] = (POINTS, "")
                if student == "wrong":
                    title = made.words.requirement[answer.caught_by].title
                    expected[student, made.name] = (0, title)
    for path in submitted.glob("*/course/*.ipynb"):
        shorten(path)
    return expected


def said_in(autograded: Path) -> Expected:
    """The points of each exercise, and the requirement that its report says is not met."""
    found: Expected = {}
    for path in autograded.glob("*/course/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            function = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if function.startswith("check-"):
                texts = [output.data["text/plain"] for output in cell.outputs if "data" in output]
                report, points = texts
                unmet = re.findall(r"(?m)^\*\*✗ (.*)\*\*$", report)[1:2]  # below the headline
                name = function.removeprefix("check-").replace("-", "_")
                found[path.parts[-3], name] = (float(points), "".join(unmet))
    return found


def test_the_recipe_from_release_to_feedback_and_every_exercise(tmp_path: Path) -> None:
    if find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed (make setup EXTRAS=1)")
    for name in ("notebooks", "classroom"):
        (tmp_path / name).symlink_to(COURSE / name)
    blocks = re.findall(r"^```sh\n(.*?)^```", RECIPE.read_text(encoding="utf-8"), re.M | re.S)
    release, grade = blocks
    assert run(tmp_path, release) == ""
    school = tmp_path / "school"
    released = school / "release" / "challenge" / STUDENT.name
    assert "def execute_tuning" in released.read_text(encoding="utf-8")  # the starter
    for student, path in (("bob", STUDENT), ("zoe müller", SOLVED)):
        handed_in = school / "submitted" / student / "challenge" / STUDENT.name
        submit(path, handed_in, kept=TO_THE_HINTS)

    # Without a server there are no zeros.
    said = run(tmp_path, grade, MLFLOW_TRACKING_URI="http://localhost:1")
    assert "start one (make server), and repeat the command" in said
    assert not (school / "autograded" / "bob").exists()

    assert run(tmp_path, grade) == ""
    assert scores(school) == Counter({"zoe müller": POINTS})
    for student in scores(school):
        (page,) = (school / "feedback" / student / "challenge").glob("*.html")
        assert "requirements met" in page.read_text(encoding="utf-8")

    expected = hand_in_every_exercise(school / "submitted")
    (school / "source" / "course").mkdir()
    for solved in EVERY_SOLVED:
        shutil.copy(NOTEBOOKS / solved.name, school / "source" / "course")
    course = "nbgrader generate_assignment course; nbgrader autograde course; nbgrader export"
    assert run(school, course) == ""
    assert said_in(school / "autograded") == expected
    rights = POINTS * len(NAMES)
    assert scores(school) == Counter({"zoe müller": POINTS, "right": rights})
