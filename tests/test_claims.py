"""tools.claims: it works on the lessons' own data, and what the lessons say is what it computes."""

from __future__ import annotations

import re

import nbformat
import numpy as np
import pytest

from tools import claims
from tools.student_copies import NOTEBOOKS


def text(number: str) -> str:
    """All prose, code and outputs of a lesson."""
    [path] = NOTEBOOKS.glob(f"solutions/{number}_*.ipynb")
    return str(nbformat.read(path, as_version=4))


def test_the_trials_of_lesson_06_are_the_pages_and_the_best_of_more_has_more_luck() -> None:
    lesson, trials = claims.of_lesson("06", "sheets", "hold-out"), claims.draws(3)
    first = [claims.mean_score(lesson, draw, 0) for draw in trials]
    best_c, gamma = trials[int(np.argmax(first))]
    page = text("06")
    assert f"25 runs, the best at C = {best_c:.2g}, gamma = {gamma:.2g}" in page
    good = [draw for draw, score in zip(trials, first, strict=True) if score > 0.975]
    assert f"the {len(good)} trials above 0.975" in page
    scores = np.array([[claims.mean_score(lesson, draw, d) for d in range(8)] for draw in good])
    said = [f"{claims.luck(scores, k):.4f}" for k in (2, 5, 11)]
    found = re.search(
        r"loses (0\.\d+) on average, the best of five (0\.\d+), .* eleven (0\.\d+)", page
    )
    assert found
    assert list(found.groups()) == said


def test_lesson_07_is_compared_as_on_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    lesson = claims.of_lesson("07", "right", "ask-code", "tune")
    claims.compare(lesson, lesson["SPACE"], lesson["right_answers"], range(8))
    said = capsys.readouterr().out
    assert "best won 4, lost 1, tied 3; by chance 0.19" in said
    assert "typical won 8" in said
    assert "TPE's best is better in 4 pairs, equal in 3, worse in 1." in text("07")


def test_logging_in_lesson_08_is_computed_from_the_pages_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    claims.lesson_08()
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 10
    assert said[0].startswith("trials of a quarter second, 1 workers: 0.046 s a child")
    assert said[-1].startswith("trials of one second, 16 workers: 0.333 s a child")
    page = text("08")
    assert "Logging a trial of 0.25 s: 0.046 s alone" in page
    assert "0.333 s with sixteen workers" in page
