"""List the lessons in order, from `docs/lessons.toml`, and compute how many minutes each takes."""

import re
import tomllib
from pathlib import Path

from tools.notebook_cells import read_cells, read_prose

ROOT = Path(__file__).resolve().parents[1]
_KINDS = tomllib.loads((ROOT / "docs" / "lessons.toml").read_text(encoding="utf-8"))
CORE_LESSONS: list[str] = _KINDS["course"]
LESSONS = [*CORE_LESSONS, *_KINDS["further"]]
EXERCISE_MINUTES: dict[str, int] = _KINDS["exercises"]  # the minutes of a lesson's exercises
WORDS_A_MINUTE, SECONDS_A_LINE = 150, 8
_FINE_PRINT = r"<details><summary>The fine print</summary>.*?</details>"  # looked up, not read
_NOT_READ = re.compile(
    rf"{_FINE_PRINT}|```.*?```|<!--.*?-->|!\[[^]]*\]\([^)]*\)|(?<=\])\([^)]*\)", re.DOTALL
)


def minutes(name: str) -> int:
    """Return how many minutes a lesson takes with its exercises, to the nearest five.

    Args:
        name: the lesson's, such as `01_flat_runs`.
    """
    path = ROOT / "notebooks" / f"{name}.ipynb"
    words = re.findall(r"\S*\w\S*", _NOT_READ.sub("", read_prose(path)))
    code = "\n".join(cell.source for cell in read_cells(path, "code"))
    lines = re.findall(r"(?m)^(?!.*predict|ask_again).*\S", code)  # questions are no code to read
    reading = len(words) / WORDS_A_MINUTE + len(lines) * SECONDS_A_LINE / 60
    return 5 * round((reading + EXERCISE_MINUTES.get(name, 0)) / 5)
