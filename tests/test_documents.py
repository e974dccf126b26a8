"""README.md and docs/CONTRIBUTING.md: what they point at is there, and nothing is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = ROOT / "docs" / "CONTRIBUTING.md"


@pytest.mark.parametrize("path", [ROOT / "README.md", CONTRIBUTING], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)\s]+)\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("folder", ["helpers", "classroom", "tools"])
def test_each_file_has_its_sentence(folder: str) -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    paths = (path for path in (ROOT / folder).iterdir() if not path.name.startswith("."))
    names = {path.stem for path in paths if path.suffix in {"", ".py"}}
    missing = [name for name in names if f"| `{folder}/{name}" not in text]
    assert set(missing) <= {"__init__", "__pycache__", "jupyter_data"}, (
        "docs/CONTRIBUTING.md lacks a sentence in 'What is where'."
    )
