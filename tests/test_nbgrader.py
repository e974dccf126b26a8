"""The challenge under nbgrader's own commands: all points for the solved copy, else none."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from tests.submissions import SOLVED, STUDENT, TO_THE_HINTS, submit

POINTS = 10
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
