"""Name the lessons in their order, from `docs/lessons.toml`."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_KINDS = tomllib.loads((ROOT / "docs" / "lessons.toml").read_text(encoding="utf-8"))
COURSE: list[str] = _KINDS["course"]
FURTHER: list[str] = _KINDS["further"]
LESSONS = [*COURSE, *FURTHER]
