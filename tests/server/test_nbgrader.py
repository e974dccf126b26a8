"""The exercises under nbgrader's own commands, by the recipe: all points or none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.answers import chosen, exercise
from tests.submissions import (
    NOTEBOOKS,
    SOLVED,
    STUDENT,
    TO_THE_HINTS,
    WITH_EXERCISES,
    shorten,
    submit,
    write_answers,
)
from tools.notebook_cells import grade_id, read_cells

POINTS = 10
COURSE = NOTEBOOKS.parent
RECIPE = COURSE / "classroom" / "nbgrader" / "nbgrader.md"
# These exercises go all the way. nbgrader takes a minute for four notebooks.
HANDED_IN = {"nest": "right", "adopt": "wrong", "from_coroutines": "right"}


def run(folder: Path, commands: str, **environment: str) -> str:
    """Run commands of the recipe or of our own; return what they complain of."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # alembic
    config = {"JUPYTER_CONFIG_DIR": str(folder / "config"), "PATH": path}
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env=os.environ | config | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""


def scores(school: Path) -> dict[str, float]:
    """The points of each student in all tasks."""
    return pd.read_csv(school / "grades.csv").groupby("student_id")["score"].sum().to_dict()


def hand_in(folder: Path) -> dict[str, str]:
    """Hand in the lessons of HANDED_IN; return what is unmet, by the function."""
    given = [next(a for a in chosen(name) if a.kind == kind) for name, kind in HANDED_IN.items()]
    for lesson in {exercise(name).notebook for name in HANDED_IN}:
        write_answers(given, folder / lesson)
        shorten(folder / lesson)
    exercises = {answer: exercise(answer.exercise) for answer in given}
    return {
        of.name: of.words.requirement[answer.caught_by].title if answer.caught_by else ""
        for answer, of in exercises.items()
    }


def unmet_in(autograded: Path) -> dict[str, str]:
    """The requirement that the report on each exercise says is not met, by the function."""
    unmet = {}
    for path in autograded.glob("*.ipynb"):
        for cell in read_cells(path):
            if grade_id(cell).startswith("check-"):
                report = cell.outputs[0].data["text/plain"]
                below_the_headline = re.findall(r"(?m)^\*\*✗ (.*)\*\*$", report)[1:2]
                unmet[grade_id(cell)[6:].replace("-", "_")] = "".join(below_the_headline)
    return unmet


def test_the_recipe_from_release_to_feedback_and_every_exercise(tmp_path: Path) -> None:
    pytest.importorskip("nbgrader", reason="nbgrader is not installed (make setup EXTRAS=1)")
    for name in ("notebooks", "classroom"):
        (tmp_path / name).symlink_to(COURSE / name)
    blocks = re.findall(r"^```sh\n(.*?)^```", RECIPE.read_text(encoding="utf-8"), re.M | re.S)
    release, grade = blocks
    assert run(tmp_path, release) == ""
    school = tmp_path / "school"
    released = (school / "release" / "challenge" / STUDENT.name).read_text(encoding="utf-8")
    assert "def execute_tuning" in released  # the starter
    for student, path in (("bob", STUDENT), ("zoe müller", SOLVED)):
        handed_in = school / "submitted" / student / "challenge" / STUDENT.name
        submit(path, handed_in, kept=TO_THE_HINTS)

    # Without a server there are no zeros.
    complaint = run(tmp_path, grade, MLFLOW_TRACKING_URI="http://localhost:1")
    assert "Start one (make server) and try again" in complaint
    assert not (school / "autograded").exists()

    assert run(tmp_path, grade) == ""
    assert scores(school) == {"bob": 0, "zoe müller": POINTS}
    [page] = (school / "feedback" / "zoe müller" / "challenge").glob("*.html")
    assert "requirements met" in page.read_text(encoding="utf-8")

    course = "course"
    unmet = hand_in(school / "submitted" / "ada" / course)
    (school / "source" / course).mkdir()
    for lesson in WITH_EXERCISES:
        shutil.copy(NOTEBOOKS / lesson, school / "source" / course)
    commands = "nbgrader generate_assignment course; nbgrader autograde course; nbgrader export"
    assert run(school, commands) == ""
    assert unmet_in(school / "autograded" / "ada" / course) == unmet
    assert scores(school)["ada"] == [*unmet.values()].count("") * POINTS
