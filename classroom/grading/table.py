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
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from classroom.grading import Grade, NotUsable, inert, plain, readable

_COLUMNS = [field.name for field in fields(Grade) if not field.kw_only]


class Table:
    """The lines of a CSV file; every change of them is on disk at once."""

    def __init__(self, output: Path) -> None:
        """Read what an earlier grading left, and make sure that table and pages can be written.

        Args:
            output: the CSV file; the folder `feedback`, for the pages, is beside it. Folders that
                are missing are made.

        Raises:
            NotUsable: they cannot be written, or it is something else.
        """
        self.output = output.resolve()
        self.pages = self.output.with_name("feedback")
        try:
            self.rows = _read(self.output) if self.output.exists() else {}
            self.pages.mkdir(parents=True, exist_ok=True)
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

        Every cell has quotes, so that a semicolon in one never begins another. There is the mark by
        which Excel knows UTF-8 if a name has an umlaut, say; without one there is no mark, as some
        programs take it for a part of the first column's name.
        """
        text = io.StringIO(newline="")
        csv.writer(text).writerow(_COLUMNS)
        lines = csv.writer(text, quoting=csv.QUOTE_ALL)
        for _, grade in sorted(self.rows.items()):
            lines.writerow(_cell(getattr(grade, column)) for column in _COLUMNS)
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


def _cell(value: str | float) -> str:
    r"""Return a value as the table has it.

    >>> _cell("=1+1"), _cell("two\nlines"), _cell(10.0)
    ("'=1+1", 'two\\nlines', '10')
    """
    return inert(readable(value, 1000)) if isinstance(value, str) else f"{value:g}"


def _read(file: Path) -> dict[str, Grade]:
    """Read a table that an earlier grading has written.

    Raises:
        NotUsable: the file is something else.
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
    numbers = {"points": float(line["points"]), "seconds": float(line["seconds"])}
    return Grade(**{**line, **numbers})
