"""Read the words of an exercise from its TOML file, and refuse a file in which something is wrong.

Every word that a student reads stands in these files. `shared.toml` has the words of the
requirements that many exercises have; an exercise's own file may replace any of them.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from exercises.engine.calling import Call

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
SHARED = Path(__file__).with_name("shared.toml")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Cause(_Table):
    """One frequent mistake: where to look, and hints on it."""

    look: Text
    hints: Annotated[list[Text], Field(min_length=2)]
    raised: str = ""  # a part of the error that this mistake raises, if it raises one


class Requirement(Cause):
    """One requirement: also its title, and what may be the cause if it is not met."""

    title: Text
    needs: list[str] = []  # without these it cannot be judged
    cause: dict[str, Cause] = {}


class NothingYet(_Table):
    """What is said to a student who has not begun."""

    says: Text
    hints: Annotated[list[Text], Field(min_length=2)]


class Words(_Table):
    """All words of one exercise."""

    notebook: Text  # file name of the lesson
    function: Text  # that the student writes
    nothing_yet: NothingYet
    requirement: dict[str, Requirement]  # in the order of the report
    # In a text of a call, "@LABEL" is a run's id and "{check}" the check's name.
    call: Annotated[list[Call], Field(min_length=1)]


def load(path: Path) -> Words:
    """Read an exercise's words.

    Args:
        path: its TOML file.

    Raises:
        ValueError: a key is missing, unknown or of the wrong kind, or a requirement needs one that
            does not stand before it. The message names the file and the key.
    """
    shared = _read(SHARED)
    own = _read(path)
    for key, words in own.get("requirement", {}).items():
        own["requirement"][key] = {**shared.get(key, {}), **words}
    try:
        found = Words.model_validate(own)
    except ValidationError as error:
        raise ValueError(f"{path}: {_said(error)}") from None
    before = set[str]()
    for key, requirement in found.requirement.items():
        for needed in requirement.needs:
            if needed not in before:
                raise ValueError(
                    f"{path}: requirement.{key}.needs: no requirement {needed!r} stands before it"
                )
        before.add(key)
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None


def _said(error: ValidationError) -> str:
    """Say in a line for each mistake at which key it is."""
    lines = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return "; ".join(lines)
