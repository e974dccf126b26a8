"""Predictions: a file with a mistake is refused, and a question works without a server."""

from __future__ import annotations

import os
import re
import shutil
from itertools import count
from pathlib import Path

import pytest

from exercises.predictions import ask_again, predict
from exercises.predictions.questions import all_questions, read_questions
from tools.lesson_list import ROOT
from tools.new_prediction import write
from tools.notebook_cells import read_cells
from tools.student_copies import solved_notebooks

MISTAKES = [  # what to replace in a valid file, by what, and what the message says
    ('reason = "3"', "", r"q\.choice\.0\.reason"),
    ('"5"', '" "', r"q\.choice\.1\.reason"),
    ('"3"', '"3"\nright = true', r"q\n.*exactly one"),
    ("right = true", "", r"q\n.*exactly one"),
    ('"4"', '"2"', r"q\n.*all differ"),
    ("again", "agin", r"q\.again"),
    ("[q]", "[q", "line 2"),
]


def test_a_new_question_and_one_with_a_mistake_are_refused(tmp_path: Path) -> None:
    solved = tmp_path / "notebooks" / "solutions" / "02_nested_runs.ipynb"
    words = tmp_path / "exercises" / "predictions" / "02_nested_runs.toml"
    for path in (solved, words):
        path.parent.mkdir(parents=True)
    shutil.copy(ROOT / solved.relative_to(tmp_path), solved)
    for name, lesson in (("orphans", "02"), ("two words", "02"), ("q", "77")):
        with pytest.raises((LookupError, ValueError), match=f"{name} is taken|There is no lesson"):
            write(tmp_path, name, lesson)
    assert not words.exists()
    assert "exercises/predictions/02_nested_runs.toml" in write(tmp_path, "q", "02")
    assert read_cells(solved)[-2].source == 'predict("q")'
    with pytest.raises(ValueError, match=r"02_nested_runs.toml: 6 .*(?s:.*)q\.question\n"):
        read_questions(words)
    numbers = count()
    right = re.sub('""', lambda _: f'"{next(numbers)}"', words.read_text())
    words.write_text(right)
    assert read_questions(words)["q"].page == "02_nested_runs"
    for old, new, says in MISTAKES:
        words.write_text(right.replace(old, new, 1))
        with pytest.raises(ValueError, match=f"(?s)02_nested_runs.toml: .*{says}"):
            read_questions(words)


def test_before_connect_a_choice_gets_its_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("COURSE_PROGRESS", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    predict("orphans", 1)
    assert capsys.readouterr().out.startswith("Deleting a folder")
    ask_again("02")
    assert "MLFLOW_TRACKING_URI" not in os.environ  # neither has asked the usual port
    for args in (("orphan",), ("orphans", 0)):
        with pytest.raises(LookupError, match="There is no"):
            predict(*args)


def test_each_question_is_asked_on_its_page() -> None:
    asked = {
        (path.stem, cell.source)
        for path in solved_notebooks()
        for cell in read_cells(path)
        if cell.source.startswith("predict(")
    }
    pages = {page for page, _ in asked}  # those whose predictions are cells
    questions = all_questions().items()
    named = {(q.page, f'predict("{name}")') for name, q in questions if q.page in pages}
    assert asked == named
