"""Each exercise's check on right, wrong and untouched answers."""

from __future__ import annotations

import pytest

from tests.answers import NAMES, Answer, answers, exercise

ALL = [answer for name in NAMES for answer in answers(name)]


def each(kind: str) -> pytest.MarkDecorator:
    """Give a test every answer of a kind."""
    chosen = [answer for answer in ALL if answer.kind == kind]
    return pytest.mark.parametrize(
        "answer", chosen, ids=[f"{answer.exercise}-{answer.name}" for answer in chosen]
    )


@pytest.mark.filterwarnings("ignore:NOISE")
@each("right")
def test_right(answer: Answer, capfd: pytest.CaptureFixture[str]) -> None:
    report = exercise(answer.exercise).check(answer.function())
    assert report.passed, report
    assert "NOISE" not in repr(report) + capfd.readouterr().out


@each("wrong")
def test_wrong(answer: Answer) -> None:
    report = exercise(answer.exercise).check(answer.function())
    assert report.state == "wrong", report
    unmet = report.first_unmet
    assert unmet
    assert unmet.key == answer.caught_by, report
    assert answer.says in report.message
    assert unmet.finding
    assert unmet.finding.cause == answer.cause, report


@each("untouched")
def test_untouched(answer: Answer) -> None:
    report = exercise(answer.exercise).check(answer.function())
    assert report.state == "unsolved", report
    assert "there yet" in report.message


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_and_cause_has_a_wrong_answer(name: str) -> None:
    wrong = [answer for answer in ALL if (answer.exercise, answer.kind) == (name, "wrong")]
    words = exercise(name).words.requirement
    assert {answer.caught_by for answer in wrong} == set(words)
    causes = {(key, cause) for key, words in words.items() for cause in words.cause}
    assert {(answer.caught_by, answer.cause) for answer in wrong if answer.cause} == causes
