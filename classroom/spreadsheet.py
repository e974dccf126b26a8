"""Read and write CSV files as spreadsheets and learning platforms do."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

COLUMN = "student"
_HEADINGS = (COLUMN, "students", "name", "names")  # the first of these that a list has
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")  # a spreadsheet writes one of these
# Where a spreadsheet could see a formula: at the start of a cell, or after a semicolon, which
# separates cells in many countries.
_FORMULA = re.compile(r'(^|;)([\s"]*)(?=[=+\-@＝＋－＠])')


class RosterError(Exception):
    """A list of students that cannot be used. The message says what is wrong and what to do."""


def read_roster(file: Path) -> list[str]:
    """Return the names in the column `student` of a list, or in its only column.

    Args:
        file: a CSV file with commas, semicolons or tabs. A file with one column needs no heading.

    Raises:
        RosterError: the file cannot be read, has several columns and none of them is for names,
            has no name, or has a name twice.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise RosterError(f"{file} cannot be read: {error}.") from None
    text = _decode(content, file)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [[cell.strip() for cell in row] for row in lines]
    heading = [cell.casefold() for cell in rows[0]] if rows else []
    column = next((heading.index(name) for name in _HEADINGS if name in heading), None)
    if column is None and len(heading) > 1:
        raise RosterError(f"{file} has no column {COLUMN!r}. Give the names' column this heading.")
    first = 0 if column is None else 1
    names = [name for row in rows[first:] if (name := "".join(row[column or 0 :][:1]))]
    if not names:
        raise RosterError(f"{file} has no names. Put one on each line, below the word {COLUMN!r}.")
    _refuse_doubles(names, file)
    return names


def _decode(content: bytes, file: Path) -> str:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RosterError(f"{file} is not a text file. Save the list as CSV.")


def _refuse_doubles(names: list[str], file: Path) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise RosterError(
                f"{file}: the name {name!r} is there twice. Make the names different."
            )
        seen.add(name.casefold())


def inert(text: str) -> str:
    r"""Return a string that no spreadsheet takes for a formula, wherever it splits a line.

    Args:
        text: any string.

    >>> inert("=1+1"), inert('a/b;"=1+1'), inert("'=1+1"), inert("a-b")
    ("'=1+1", 'a/b;"\'=1+1', "'=1+1", 'a-b')
    """
    return _FORMULA.sub(r"\1\2'", text)
