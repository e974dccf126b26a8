"""The table of grades: a CSV file that a spreadsheet opens, complete on disk after every grade.

It is the record, too: a grading that was interrupted reads in it what is done already.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from classroom.grading import NotUsable, plain


@dataclass(frozen=True)
class Grade:
    """One line of the table."""

    file: str
    verdict: str  # passed, wrong, unsolved, or broken: it did not come as far as the check
    first_unmet_requirement: str = ""  # of a broken one, what happened
    error: str = ""  # the first error that a cell raised
    points: float = 0
    hints: str = ""  # the highest number of a hint that the submitted notebook shows
    seconds: float = 0.0
    student: str = ""
    exercise: str = ""
    graded: str = ""  # a fingerprint: of the notebook, the course, and what it might use


_COLUMNS = [field.name for field in fields(Grade)]


class Table:
    """The lines of a CSV file; every change of them is on disk at once."""

    def __init__(self, output: Path) -> None:
        """Read what an earlier grading left, and see that table and pages can be written.

        Args:
            output: the CSV file; the folder `feedback`, for the pages, is beside it.

        Raises:
            NotUsable: they cannot be written, or it is something else.
        """
        self.output = output.resolve()
        self.pages = self.output.with_name("feedback")
        try:
            self.rows = _read(self.output) if self.output.exists() else {}
            self.pages.mkdir(exist_ok=True)
            for folder in (self.output.parent, self.pages):
                with tempfile.TemporaryFile(dir=folder):
                    pass
        except OSError as error:
            raise NotUsable(
                f"{output} and the folder feedback beside it cannot be written "
                f"({error.strerror}). Name another file: --output grades.csv"
            ) from error

    def keep_only(self, files: Iterable[str]) -> Path | None:
        """Begin afresh if the table has lines of other files; keep it under another name.

        Args:
            files: those that are graded now.

        Returns:
            Where the earlier table is now, if it went.
        """
        wanted = set(files)
        if set(self.rows) <= wanted:
            return None
        earlier = self.output.with_stem(f"{self.output.stem}-{datetime.now():%Y-%m-%d-%H%M%S}")
        earlier.write_bytes(self.output.read_bytes())
        self.rows = {file: row for file, row in self.rows.items() if file in wanted}
        return earlier

    def add(self, grade: Grade) -> None:
        """Take a line in, in place of an earlier one of that file, and write the table.

        Args:
            grade: the line.
        """
        self.rows[grade.file] = grade
        self.write()

    def write(self) -> None:
        """Write the table: to a new file, which then takes the old one's place.

        With the mark by which Excel knows UTF-8 if a name has an umlaut, say; without it if not,
        as some programs take the mark for a part of the first column's name.
        """
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, _COLUMNS)
        table.writeheader()
        for _, grade in sorted(self.rows.items()):
            table.writerow({name: _shown(value) for name, value in asdict(grade).items()})
        whole = text.getvalue()
        part = self.output.with_name(f".{self.output.name}.part")
        with part.open("wb") as file:
            file.write(whole.encode("ascii" if whole.isascii() else "utf-8-sig"))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.output)

    def show(self) -> None:
        """Print the table."""
        widest = max((len(plain(file, 60)) for file in self.rows), default=0)
        for file, row in sorted(self.rows.items()):
            first = f"{plain(file, 60):{widest}}  {row.verdict:8}  {row.points:>4g} points"
            print(f"{first}  {row.seconds:5.1f} s  {plain(row.first_unmet_requirement)}".rstrip())


def _shown(value: object) -> object:
    """Return a value as the table has it: no spreadsheet takes a text for a formula.

    >>> _shown("=1+1"), _shown(-1), _shown(10.0)
    ("'=1+1", -1, '10')
    """
    if isinstance(value, str):
        return f"'{value}" if value[:1] in tuple("=+-@\t\r'") else value
    return f"{value:g}" if isinstance(value, float) else value


def _read(file: Path) -> dict[str, Grade]:
    """Read a table.

    Raises:
        NotUsable: it is none of ours.
    """
    with (
        suppress(ValueError, TypeError, AttributeError, csv.Error),
        file.open(newline="", encoding="utf-8-sig") as opened,
    ):
        lines = csv.DictReader(opened)
        if lines.fieldnames == _COLUMNS:
            return {grade.file: grade for grade in map(_grade, lines)}
    raise NotUsable(
        f"{file} exists, and is not a table as `make grade` writes it. It stays as it is: move it "
        "away, or name another file: --output other.csv"
    )


def _grade(line: Mapping[str, Any]) -> Grade:
    texts = {name: text.removeprefix("'") for name, text in line.items()}
    return Grade(**texts | {name: float(texts[name]) for name in ("points", "seconds")})
