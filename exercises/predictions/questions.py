"""Read the questions of all pages, and refuse a file that has a mistake.

Each page has one file, named like its notebook, with all words that a reader sees.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from exercises.engine.exercise_files import Text

FOLDER = Path(__file__).parent


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Table):
    """One choice, and the sentence for a reader who chose it: why it is tempting, where to look."""

    text: Text
    reason: Text
    right: bool = False


class Question(_Table):
    """A question about what a cell will do, and the same one in other words for a later page."""

    question: Text
    again: Text
    choice: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=4)]
    page: str = ""  # the notebook's name; comes from the file's

    @model_validator(mode="after")
    def _one_choice_is_right(self) -> Self:
        is_right = {choice.text: choice.right for choice in self.choice}
        if len(is_right) < len(self.choice) or sum(choice.right for choice in self.choice) != 1:
            raise ValueError("choice: all differ, and exactly one has `right = true`")
        return self

    def is_wrong(self, answer: str | None) -> bool:
        """Tell whether this is the text of a wrong choice."""
        return any(choice.text == answer and not choice.right for choice in self.choice)


def read_questions(path: Path) -> dict[str, Question]:
    """Read the questions of one page.

    Args:
        path: its TOML file.

    Raises:
        ValueError: a key is missing, unknown or of the wrong kind, or not exactly one choice is
            right. The message names the file and the key.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        questions = TypeAdapter(dict[str, Question]).validate_python(tables)
    except ValueError as error:  # tomllib's and pydantic's as well
        raise ValueError(f"{path}: {error}") from None
    return {name: q.model_copy(update={"page": path.stem}) for name, q in questions.items()}


@cache
def all_questions() -> dict[str, Question]:
    """Return the questions of all pages by name, in the pages' order.

    Raises:
        ValueError: a file has a mistake, or two pages have a question of the same name.
    """
    questions: dict[str, Question] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        page = read_questions(path)
        if twice := page.keys() & questions.keys():
            raise ValueError(f"{path}: another page already has a question named {min(twice)!r}.")
        questions |= page
    return questions
