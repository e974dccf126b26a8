"""Read the words of an exercise from its TOML file, and refuse a file in which something is wrong.

Every word that a student reads stands in these files. `shared.toml` has the words of the
requirements that many exercises have; an exercise's own file may replace any of them.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from exercises.engine.calling import Call

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Hints = Annotated[list[Text], Field(min_length=2)]
SHARED = tomllib.loads(Path(__file__).with_name("shared.toml").read_text(encoding="utf-8"))


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Cause(_Table):
    """One frequent mistake: where to look, and hints on it."""

    look: Text
    hints: Hints
    raised: str = ""  # a part of the error that this mistake raises, if it raises one


class Requirement(Cause):
    """One requirement: also its title, and what may be the cause if it is not met."""

    title: Text
    needs: list[str] = []  # without these it cannot be judged
    cause: dict[str, Cause] = {}


class Fact(_Table):
    """What a wrong value is, as `facts` names it, or what has become of a run: hints on that."""

    hints: Hints
    raised: str = ""  # a part of the error that is this fact


class NothingYet(_Table):
    """What is said to a student who has not begun."""

    says: Text
    hints: Hints


class Words(_Table):
    """All words of one exercise."""

    notebook: Text  # file name of the lesson
    function: Text  # that the student writes
    nothing_yet: NothingYet
    fact: dict[str, Fact]  # where a requirement has no cause of that name
    requirement: dict[str, Requirement]  # in the order of the report
    # In a string of a call, "@LABEL" is a run's id and "{check}" the check's name.
    call: Annotated[list[Call], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_stands_behind_what_it_needs(self) -> Self:
        above = set[str]()
        for key, requirement in self.requirement.items():
            if missing := set(requirement.needs) - above:
                raise ValueError(f"requirement.{key}.needs: {missing} must stand above it")
            above.add(key)
        return self


def read_words(path: Path) -> Words:
    """Read an exercise's words.

    Args:
        path: its TOML file.

    Raises:
        ValueError: a key is missing, unknown or of the wrong kind, or a requirement needs one that
            does not stand before it. The message names the file and the key.
    """
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8"))
        for key, words in own.get("requirement", {}).items():
            own["requirement"][key] = SHARED.get(key, {}) | words
        own["fact"] = SHARED["fact"] | own.get("fact", {})
        return Words.model_validate(own)
    except (OSError, ValueError) as error:  # tomllib's and pydantic's as well
        raise ValueError(f"{path}: {error}") from None
