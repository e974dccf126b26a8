"""Read what defines an exercise from its folder, and refuse a file that has a mistake.

`words.toml` has every word that a student reads, and the calls. `shared.toml` has the words of the
requirements that many exercises have; an exercise may replace any of them. `runs.csv` has the runs
that exist before the calls, with the columns of `mlflow.search_runs`. The runs of `month.csv` are
there in every check, so the experiment looks as it does after a month.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Hints = Annotated[list[Text], Field(min_length=2)]
SHARED = tomllib.loads(Path(__file__).with_name("shared.toml").read_text(encoding="utf-8"))
MONTH = Path(__file__).with_name("month.csv")


class TomlTable(BaseModel):
    """A table of a TOML file, with these keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FactHints(TomlTable):
    """Hints on a mistake that many exercises share, such as a rounded value or a deleted run."""

    hints: Hints
    raised: str = ""  # a part of the error that is this fact
    look: str = ""  # where to look, in Markdown


class Cause(FactHints):
    """Hints on one frequent mistake, and where to look."""

    look: Text


class Requirement(TomlTable):
    """The words of one requirement, and of the causes if it is not met."""

    title: Text
    look: Text
    hints: Hints
    needs: list[str] = []  # the requirements without which it cannot be judged
    cause: dict[str, Cause] = {}


class NothingYet(TomlTable):
    """The words for a student who has not begun."""

    says: Text
    hints: Hints


@dataclass(frozen=True)
class Call:
    """One call that a check makes."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    # A string like "exercises.training:train" becomes that function.
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    seed: int = 0  # of `random` and of NumPy's random numbers
    trials: list[tuple[float, float]] = field(default_factory=list)  # metric1 and metric2 of each
    awaited: bool = False  # call it where an event loop runs, as in a cell, and await it
    observe: str = ""  # "module:function" to call afterwards, with the same arguments


class Words(TomlTable):
    """All words of one exercise, and its calls."""

    notebook: Text  # file name of the lesson
    function: Text  # the name of the function that the student writes
    models: bool = False  # whether a check reads logged and registered models as well
    nothing_yet: NothingYet
    fact: dict[str, FactHints]  # for requirements that have no cause of that name
    requirement: dict[str, Requirement]  # in the order of the report
    # In a string of a call, "@LABEL" is a run's ID and "{check}" the check's name.
    calls: Annotated[list[Call], Field(min_length=1, alias="call")]

    @model_validator(mode="after")
    def _needs_only_requirements_above(self) -> Self:
        above = set[str]()
        for key, requirement in self.requirement.items():
            if missing := set(requirement.needs) - above:
                raise ValueError(f"requirement.{key}.needs: {missing} must stand above it")
            above.add(key)
        return self


class PreparedRun(BaseModel):
    """A run that the check logs before it calls the student's function."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str  # the exercise's name for it
    name: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    parent: str = ""  # label of its parent
    status: str = "FINISHED"
    minute: int  # when it started
    seconds: int = 1  # how long it took
    where: Literal["", "beside", "deleted"] = ""  # "beside": in the second experiment
    before_call: int = 0  # number of the call before which it is logged, from 0 on


@contextmanager
def naming(place: object) -> Iterator[None]:
    """Put the place of a mistake before its message.

    Args:
        place: a file, perhaps with the line.

    Raises:
        ValueError: a mistake was noticed in the block.
    """
    try:
        yield
    except (OSError, KeyError, ValueError) as error:  # tomllib's and pydantic's as well
        raise ValueError(f"{place}: {error}") from None


def read_words(path: Path) -> Words:
    """Read an exercise's words.

    Args:
        path: its TOML file.

    Raises:
        ValueError: a key is missing, unknown or of the wrong kind, or a requirement needs one that
            does not stand before it. The message names the file and the key.
    """
    with naming(path):
        own = tomllib.loads(path.read_text(encoding="utf-8"))
        for key, words in own.get("requirement", {}).items():
            own["requirement"][key] = SHARED.get(key, {}) | words
        own["fact"] = SHARED["fact"] | own.get("fact", {})
        return Words.model_validate(own)


def read_runs(*tables: Path) -> list[PreparedRun]:
    """Read the runs of some tables, a minute after one another unless a table says when.

    Args:
        *tables: CSV files; parents stand before their children.

    Raises:
        ValueError: a table has a mistake; the message names the file and the line.
    """
    runs: list[PreparedRun] = []
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), start=2):
                with naming(f"{table}, line {line}"):
                    runs.append(_run(row, runs))
    return runs


def parse_run(row: Mapping[str, str]) -> PreparedRun:
    """Return the run of a table's row; an empty cell is no value.

    Raises:
        KeyError: a column is of no kind; ValueError: a value is of the wrong kind, or is missing.
    """
    values: dict[str, Any] = {"params": {}, "metrics": {}, "tags": {}}
    for column, text in row.items():
        kind, _, name = column.partition(".")
        if text:
            (values[kind] if name else values)[name or kind] = text
    return PreparedRun(**values)


def _run(row: Mapping[str, str], above: Sequence[PreparedRun]) -> PreparedRun:
    run = parse_run({**row, "minute": row.get("minute") or str(len(above))})
    labels = [logged.label for logged in above]
    if run.label in labels:
        raise ValueError(f"{run.label!r} is the label of a run above, perhaps in {MONTH.name}")
    if run.parent and run.parent not in labels:
        raise ValueError(f"no run {run.parent!r} stands above")
    return run
