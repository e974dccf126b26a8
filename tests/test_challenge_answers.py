"""The challenge's check on right, wrong and untouched answers, one small file each."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from helpers.challenge import check
from helpers.challenge.requirements import REQUIREMENTS

ANSWERS = Path(__file__).parent / "answers"
RIGHT, WRONG, UNTOUCHED = (
    sorted((ANSWERS / kind).glob("*.py")) for kind in ("right", "wrong", "untouched")
)
TITLES = {requirement.key: requirement.title for requirement in REQUIREMENTS}


def answer(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.execute_tuning


def caught_by(path: Path) -> tuple[str, str]:
    """Return the requirement and the part of the message that the file's first lines name."""
    first = " ".join(
        (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")[0].split()
    )
    match = re.fullmatch(r"Caught by (\w+): (.+)", first)
    assert match, f"{path} does not say what catches it."
    return match[1], match[2]


@pytest.mark.filterwarnings("ignore:NOISE")
@pytest.mark.parametrize("path", RIGHT, ids=[path.stem for path in RIGHT])
def test_right(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = check(answer(path))
    assert report.passed, report
    assert "NOISE" not in repr(report) + capfd.readouterr().out


@pytest.mark.parametrize("path", WRONG, ids=[path.stem for path in WRONG])
def test_wrong(path: Path) -> None:
    requirement, text = caught_by(path)
    report = check(answer(path))
    assert (report.state, report.requirement) == ("wrong", TITLES[requirement]), report
    assert text in report.message


@pytest.mark.parametrize("path", UNTOUCHED, ids=[path.stem for path in UNTOUCHED])
def test_untouched(path: Path) -> None:
    report = check(answer(path))
    assert report.state == "unsolved", report
    assert "Nothing of the three tasks is there yet" in report.message


def test_every_requirement_is_reached() -> None:
    assert {caught_by(path)[0] for path in WRONG} == set(TITLES)
