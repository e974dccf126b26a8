"""Read the questions of all pages, and refuse a file that has a mistake.

Each page has one file, named like its notebook, with all words that a reader sees.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, model_validator

from exercises.engine.exercise_files import Text, TomlTable, naming


class Choice(TomlTable):
    """One choice, and the sentence for a reader who chose it: why it is tempting, where to look."""

    text: Text
    reason: Text
    right: bool = False


class Question(TomlTable):
    """A question about what a cell will do, and the same one in other words for a later page."""

    question: Text
    again: Text
    choice: Annotated[list[Choice], Field(min_length=2, max_length=4)]
    page: str = ""  # the notebook's name; comes from the file's

    @model_validator(mode="after")
    def _one_choice_is_right(self) -> Self:
        right = {choice.text: choice.right for choice in self.choice}
        if len(right) < len(self.choice) or sum(right.values()) != 1:
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
    with naming(path):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        questions = TypeAdapter(dict[str, Question]).validate_python(tables)
    return {name: q.model_copy(update={"page": path.stem}) for name, q in questions.items()}


@cache
def all_questions() -> dict[str, Question]:
    """Return the questions of all pages by name, in the pages' order.

    Raises:
        ValueError: a file has a mistake.
    """
    questions: dict[str, Question] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        questions |= read_questions(path)
    return questions
