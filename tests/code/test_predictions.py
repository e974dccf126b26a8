"""Predictions: a file with a mistake is refused, and a question works without a server."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from exercises.predictions import predict
from exercises.predictions.questions import all_questions, read_questions
from tools.student_copies import solved_notebooks

WORDS = """
[q]
question = "What is deleted?"
again = "What is left?"
[[q.choice]]
text = "All"
reason = "Look."
right = true
[[q.choice]]
text = "None"
reason = "Count."
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('reason = "Count."\n', "", "q.choice.1.reason"),
        ('reason = "Count."\n', 'reason = "Count."\nright = true\n', "q\n.*exactly one"),
        ("right = true\n", "", "q\n.*exactly one"),
        ('text = "None"', 'text = "All"', "q\n.*all differ"),
        ('again = "What is left?"', 'agin = "What is left?"', "q.again"),
        ("[q]", "[q", "line 2"),
    ],
)
def test_a_mistake_in_a_question_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    file = tmp_path / "02_page.toml"
    file.write_text(WORDS)
    assert read_questions(file)["q"].page == "02_page"
    file.write_text(WORDS.replace(old, new, 1))
    with pytest.raises(ValueError, match=f"(?s)02_page.toml: .*{says}"):
        read_questions(file)


def test_without_a_server_a_choice_gets_its_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("COURSE_PROGRESS", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    predict("orphans", 1)
    assert capsys.readouterr().out.startswith("Deleting a folder")
    for args in (("orphan",), ("orphans", 0)):
        with pytest.raises(LookupError, match="There is no"):
            predict(*args)


def test_each_question_is_asked_on_its_page() -> None:
    asked = {
        (path.stem, cell.source)
        for path in solved_notebooks()
        for cell in nbformat.read(path, as_version=4).cells
        if cell.source.startswith("predict(")
    }
    pages = {page for page, _ in asked}  # those whose predictions are cells
    questions = all_questions().items()
    named = {(q.page, f'predict("{name}")') for name, q in questions if q.page in pages}
    assert asked == named
