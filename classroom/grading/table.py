"""Keep the table of grades: a CSV file for spreadsheets, complete on disk after every grade.

It is also the record of what is done: an interrupted grading reads it to continue.
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

from classroom.grading import Grade, NotUsable, Submission, printable
from classroom.pictures import bars, page
from classroom.spreadsheet import inert

_COLUMNS = [field.name for field in fields(Grade) if not field.kw_only]


class Table:
    """The rows of a CSV file. Every change is written to disk at once."""

    def __init__(self, output: Path) -> None:
        """Read the table of an earlier grading, and make sure that table and pages can be written.

        Args:
            output: the CSV file. The folder `feedback`, for the pages, is next to it. Missing
                folders are created.

        Raises:
            NotUsable: they cannot be written, or the file is not a table of grades.
        """
        self.output = output.resolve()
        self.pages = self.output.with_name("feedback")
        self.page = self.output.with_suffix(".html")
        try:
            self.rows = _read(self.output) if self.output.exists() else {}
            self.pages.mkdir(parents=True, exist_ok=True)
            for folder in (self.output.parent, self.pages):
                with tempfile.TemporaryFile(dir=folder):
                    pass
        except OSError as error:
            raise NotUsable(
                f"{output} and the folder feedback next to it cannot be written "
                f"({error.strerror}). Choose another file: --output grades.csv"
            ) from error

    def keep_only(self, files: Iterable[str]) -> Path | None:
        """Remove the rows of other files, after saving the table under another name.

        Args:
            files: the files that are graded now.

        Returns:
            Where the earlier table is saved, or None if there were no rows of other files.
        """
        wanted = set(files)
        if set(self.rows) <= wanted:
            return None
        earlier = self.output.with_stem(f"{self.output.stem}-{datetime.now():%Y-%m-%d-%H%M%S}")
        earlier.write_bytes(self.output.read_bytes())
        self.rows = {file: row for file, row in self.rows.items() if file in wanted}
        return earlier

    def is_done(self, submission: Submission, fingerprint: str) -> bool:
        """Tell whether a submission has its row and its page, and nothing has changed since.

        Args:
            submission: the submission.
            fingerprint: a hash of everything that its grade depends on.
        """
        row = self.rows.get(submission.file)
        is_same = row is not None and row.graded == fingerprint
        return is_same and (self.pages / submission.page).is_file()

    def add(self, grade: Grade) -> None:
        """Add a row, or replace the row of the same file, and write the table.

        Args:
            grade: the row.
        """
        self.rows[grade.file] = grade
        self.write()

    def write(self) -> None:
        """Write the table to a new file, which then replaces the old one.

        Every cell is quoted, so that a semicolon never starts a new one. If a name is not plain
        ASCII, the file begins with the mark that tells Excel that it is UTF-8. Otherwise it does
        not, because some programs take the mark for a part of the first column's name.
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

    @property
    def summary(self) -> str:
        """How many submissions passed, as a sentence."""
        passed = sum(grade.verdict == "passed" for grade in self.rows.values())
        return f"{passed} of {len(self.rows)} passed."

    def records(self) -> list[dict[str, str | float]]:
        """Return the rows as plain data, with the columns of the table."""
        rows = [row for _, row in sorted(self.rows.items())]
        return [{column: getattr(row, column) for column in _COLUMNS} for row in rows]

    def draw(self) -> None:
        """Write the instructor's page: what was unmet most often."""
        unmet = [row for row in self.rows.values() if row.first_unmet_requirement]
        parts = {
            "Which requirement was unmet first?": [row for row in unmet if row.verdict == "wrong"],
            "Why could a notebook not be graded?": [
                row for row in unmet if row.verdict == "broken"
            ],
        }
        names = {
            title: [f"{row.exercise}: {row.first_unmet_requirement}" for row in rows]
            for title, rows in parts.items()
        }
        drawn = [bars(title, rows) for title, rows in names.items()]
        self.page.write_text(page("Grades", self.summary, drawn), encoding="utf-8")

    def show(self) -> None:
        """Print the table."""
        widest = max((len(printable(file, 60)) for file in self.rows), default=0)
        for file, row in sorted(self.rows.items()):
            first = f"{printable(file, 60):{widest}}  {row.verdict:8}  {row.points:>4g} points"
            print(
                f"{first}  {row.seconds:5.1f} s  {printable(row.first_unmet_requirement)}".rstrip()
            )


def _cell(value: str | float) -> str:
    r"""Return a value as it is written into the table.

    >>> _cell("=1+1"), _cell("two\nlines"), _cell(10.0)
    ("'=1+1", 'two\\nlines', '10')
    """
    return inert(printable(value, 1000)) if isinstance(value, str) else f"{value:g}"


def _read(file: Path) -> dict[str, Grade]:
    """Read the table of an earlier grading.

    Raises:
        NotUsable: the file is not such a table.
    """
    with (
        suppress(ValueError, TypeError, AttributeError, csv.Error),
        file.open(newline="", encoding="utf-8-sig") as opened,
    ):
        lines = csv.DictReader(opened)
        if lines.fieldnames == _COLUMNS:
            return {grade.file: grade for grade in map(_grade, lines)}
    raise NotUsable(
        f"{file} exists, but `make grade` did not write it, so it is left alone. Move it away, or "
        "choose another file: --output other.csv"
    )


def _grade(line: Mapping[str, Any]) -> Grade:
    numbers = {"points": float(line["points"]), "seconds": float(line["seconds"])}
    return Grade(**{**line, **numbers})
