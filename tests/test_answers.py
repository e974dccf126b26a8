"""Each exercise's check on right, wrong and untouched answers, one small file each."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from helpers.exercises import any_call, causes, go_on
from helpers.exercises.exercise import Exercise
from tests.answers import ANSWERS, EXERCISES, answer

CAUSES = {
    "execute_tuning": {**causes.CAUSES, "no function": any_call.CAUSES["no function"]},
    "go_on": go_on.CAUSES,
}


def answers(kind: str) -> pytest.MarkDecorator:
    """Give a test every answer of a kind, with its exercise."""
    paths = sorted(ANSWERS.glob(f"*/{kind}/*.py"))
    return pytest.mark.parametrize(
        ("exercise", "path"),
        [(EXERCISES[path.parts[-3]], path) for path in paths],
        ids=[f"{path.parts[-3]}-{path.stem}" for path in paths],
    )


def caught_by(path: Path) -> tuple[str, str]:
    """Return the requirement and the part of the message that the file's first lines name."""
    first = " ".join(
        (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].split()
    )
    match = re.fullmatch(r"Caught by (\w+): (.+)", first)
    assert match, f"{path} does not say what catches it."
    return match[1], match[2]


def cause_of(path: Path) -> str:
    """Return the cause that the file's last line names; empty if its requirement's words do."""
    last = (ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()[-1]
    return last.removeprefix("Cause: ").rstrip(".") if last.startswith("Cause: ") else ""


@pytest.mark.filterwarnings("ignore:NOISE")
@answers("right")
def test_right(exercise: Exercise, path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = exercise.check(answer(path, exercise.name))
    assert report.passed, report
    assert "NOISE" not in repr(report) + capfd.readouterr().out


@answers("wrong")
def test_wrong(exercise: Exercise, path: Path) -> None:
    key, text = caught_by(path)
    report = exercise.check(answer(path, exercise.name))
    assert report.state == "wrong", report
    assert report.first_unmet
    assert report.first_unmet.requirement.key == key, report
    assert text in report.message
    cause = cause_of(path)
    if cause:
        assert report.first_unmet.look == CAUSES[exercise.name][cause].look, report
        assert report.first_unmet.hints == CAUSES[exercise.name][cause].hints
    elif exercise.name in CAUSES:
        assert report.first_unmet.look == report.first_unmet.requirement.look, report


@answers("untouched")
def test_untouched(exercise: Exercise, path: Path) -> None:
    report = exercise.check(answer(path, exercise.name))
    assert report.state == "unsolved", report
    assert "there yet" in report.message


@pytest.mark.parametrize("name", EXERCISES)
def test_every_requirement_is_reached(name: str) -> None:
    reached = {caught_by(path)[0] for path in (ANSWERS / name / "wrong").glob("*.py")}
    assert reached == {requirement.key for requirement in EXERCISES[name].requirements}


@pytest.mark.parametrize(("folder", "name"), [("best_child", "execute_tuning"), ("go_on", "go_on")])
def test_every_cause_has_an_answer_that_stands_for_it(folder: str, name: str) -> None:
    wrong = (ANSWERS / folder / "wrong").glob("*.py")
    assert set(map(cause_of, wrong)) - {""} == set(CAUSES[name])
