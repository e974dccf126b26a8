"""The exercises under nbgrader's own commands: all points for a right answer, else none."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from tests.answers import NAMES, exercise
from tests.submissions import (
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
EVERY_SOLVED = [
    NOTEBOOKS / "solutions" / name for name in sorted({exercise(name).notebook for name in NAMES})
]
Expected = dict[tuple[str, str], tuple[float, str]]  # by student and function: points, what unmet
COURSE = STUDENT.parents[1]
RECIPE = COURSE / "classroom" / "nbgrader" / "nbgrader.md"


@pytest.fixture
def nbgrader(tmp_path: Path) -> Path:
    """A course folder in which both copies were handed in, as far as the hints."""
    if find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed (make setup EXTRAS=1)")
    (tmp_path / "source" / "challenge").mkdir(parents=True)
    shutil.copy(STUDENT, tmp_path / "source" / "challenge")
    for student, path in (("ada", SOLVED), ("bob", STUDENT)):
        handed_in = tmp_path / "submitted" / student / "challenge" / STUDENT.name
        submit(path, handed_in, kept=TO_THE_HINTS)  # the rest takes its time
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # alembic
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_autograde_gives_all_points_or_none(nbgrader: Path) -> None:
    run(nbgrader, "generate_assignment", "challenge", "--ClearSolutions.enabled=False")
    released = nbformat.read(nbgrader / "release" / "challenge" / STUDENT.name, as_version=4)
    assert any("def execute_tuning" in cell.source for cell in released.cells)  # the starter
    run(nbgrader, "autograde", "challenge")
    run(nbgrader, "export")
    with (nbgrader / "grades.csv").open(newline="") as table:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)}
    assert scores == {"ada": POINTS, "bob": 0}


def test_validate_tells_the_solved_copy_from_the_other(nbgrader: Path) -> None:
    said = run(
        nbgrader, "validate", *(str(path) for path in sorted(nbgrader.glob("submitted/**/*.ipynb")))
    )
    assert said.count("Success!") == said.count("VALIDATION FAILED") == 1
    assert said.index("Success!") < said.index("VALIDATION FAILED")  # Ada's is the first


def hand_in_every_exercise(submitted: Path) -> Expected:
    """Hand in every lesson, solved, untouched and wrong; return what is to be said of each.

    There is a student for each way, who hands in all lessons. More answers go the same way through
    `make grade`, in test_every_exercise.py; nbgrader takes a minute for four notebooks.
    """
    expected: Expected = {}
    ways = {name: chosen(name) for name in NAMES}
    for solved in EVERY_SOLVED:
        named = [name for name in NAMES if exercise(name).notebook == solved.name]
        write_answers([], submitted / "solved" / "course" / solved.name)
        untouched = submitted / "untouched" / "course" / solved.name
        untouched.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(NOTEBOOKS / solved.name, untouched)
        for name in named:
            expected["solved", exercise(name).name] = (POINTS, "")
            expected["untouched", exercise(name).name] = (0, "")
        given = [next(one for one in ways[name] if one.kind == "wrong") for name in named]
        write_answers(given, submitted / "wrong" / "course" / solved.name)
        for answer in given:
            made = exercise(answer.exercise)
            title = made.words.requirement[answer.caught_by].title
            expected["wrong", made.name] = (0, title)
    for path in submitted.glob("*/course/*.ipynb"):
        shorten(path)
    return expected


def said_in(autograded: Path) -> Expected:
    """Return the points of each exercise, and the requirement that its report says is not met."""
    found: Expected = {}
    for path in autograded.glob("*/course/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            function = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if function.startswith("check-"):
                texts = [output.data["text/plain"] for output in cell.outputs if "data" in output]
                report, points = texts
                unmet = re.search(r"^  ✗ (.*)", report, re.M)
                name = function.removeprefix("check-").replace("-", "_")
                found[path.parts[-3], name] = (float(points), unmet[1] if unmet else "")
    return found


def test_every_exercise_gets_the_points_and_the_requirement_of_its_check(tmp_path: Path) -> None:
    if find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed (make setup EXTRAS=1)")
    expected = hand_in_every_exercise(tmp_path / "submitted")
    source = tmp_path / "source" / "course"
    source.mkdir(parents=True)
    for solved in EVERY_SOLVED:
        shutil.copy(NOTEBOOKS / solved.name, source)
    shutil.copy(RECIPE.with_name("nbgrader_config.py"), tmp_path)
    run(tmp_path, "generate_assignment", "course")
    run(tmp_path, "autograde", "course")
    assert said_in(tmp_path / "autograded") == expected
    totals: Counter[str] = Counter()
    for (student, _), (points, _) in expected.items():
        totals[student] += int(points)
    run(tmp_path, "export")
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as table:
        scores = {row["student_id"]: int(float(row["score"])) for row in csv.DictReader(table)}
    assert scores == dict(totals)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with what the recipe takes from the course's."""
    if find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed (make setup EXTRAS=1)")
    for name in ("notebooks", "classroom"):
        (tmp_path / name).symlink_to(COURSE / name)
    return tmp_path


def as_written(course: Path, **environment: str) -> Iterator[subprocess.CompletedProcess[str]]:
    """Run the recipe's blocks of commands, one after the other."""
    for block in re.findall(r"^```sh\n(.*?)^```", RECIPE.read_text(encoding="utf-8"), re.M | re.S):
        yield subprocess.run(
            ["bash", "-e", "-c", block],
            cwd=course,
            env={
                **os.environ,
                "JUPYTER_CONFIG_DIR": str(course / "config"),
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )


def hand_in(course: Path) -> None:
    for student, path in (("ada", SOLVED), ("bob", STUDENT), ("zoe müller", SOLVED)):
        handed_in = course / "school" / "submitted" / student / "challenge" / STUDENT.name
        submit(path, handed_in, kept=TO_THE_HINTS)


def test_the_recipe_from_release_to_feedback(course: Path) -> None:
    recipe = as_written(course)
    assert next(recipe).returncode == 0
    released = course / "school" / "release" / "challenge" / STUDENT.name
    assert "def execute_tuning" in released.read_text(encoding="utf-8")  # the starter
    hand_in(course)
    graded = next(recipe)
    assert graded.returncode == 0, graded.stderr
    with (course / "school" / "grades.csv").open(newline="", encoding="utf-8") as table:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)}
    assert scores == {"ada": POINTS, "bob": 0, "zoe müller": POINTS}
    for student in scores:
        (page,) = (course / "school" / "feedback" / student / "challenge").glob("*.html")
        assert "requirements met" in page.read_text(encoding="utf-8")


def test_without_a_server_autograde_says_so_and_gives_no_zeros(course: Path) -> None:
    recipe = as_written(course, MLFLOW_TRACKING_URI="http://localhost:1")
    assert next(recipe).returncode == 0
    hand_in(course)
    graded = next(recipe)
    assert graded.returncode != 0
    assert "start one (make server), and repeat the command" in graded.stderr
    assert not (course / "school" / "autograded" / "bob").exists()
    run(course / "school", "export")
    with (course / "school" / "grades.csv").open(newline="", encoding="utf-8") as table:
        assert list(csv.DictReader(table)) == []
