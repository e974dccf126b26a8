"""Each exercise's check on right, wrong and untouched answers, one small file each."""

from __future__ import annotations

import ast
import importlib.util
import re
from importlib import import_module
from pathlib import Path

import pytest

from helpers.exercises.exercise import Exercise

ANSWERS = Path(__file__).parent / "answers"
EXERCISES: dict[str, Exercise] = {
    folder.name: import_module(f"helpers.exercises.{folder.name}").EXERCISE
    for folder in sorted(ANSWERS.iterdir())
    if (folder / "right").is_dir()
}


def answers(kind: str) -> pytest.MarkDecorator:
    """Give a test every answer of a kind, with its exercise."""
    paths = sorted(ANSWERS.glob(f"*/{kind}/*.py"))
    return pytest.mark.parametrize(
        ("exercise", "path"),
        [(EXERCISES[path.parts[-3]], path) for path in paths],
        ids=[f"{path.parts[-3]}-{path.stem}" for path in paths],
    )


def answer(path: Path, name: str = "execute_tuning") -> object:
    """Return the function that a file defines."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def caught_by(path: Path) -> tuple[str, str]:
    """Return the requirement and the part of the message that the file's first lines name."""
    first = " ".join(
        (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].split()
    )
    match = re.fullmatch(r"Caught by (\w+): (.+)", first)
    assert match, f"{path} does not say what catches it."
    return match[1], match[2]


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


@answers("untouched")
def test_untouched(exercise: Exercise, path: Path) -> None:
    report = exercise.check(answer(path, exercise.name))
    assert report.state == "unsolved", report
    assert "Nothing of the task is there yet" in report.message


@pytest.mark.parametrize("name", EXERCISES)
def test_every_requirement_is_reached(name: str) -> None:
    reached = {caught_by(path)[0] for path in (ANSWERS / name / "wrong").glob("*.py")}
    assert reached == {requirement.key for requirement in EXERCISES[name].requirements}
