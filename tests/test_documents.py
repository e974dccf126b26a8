"""What is written beside the lessons: it points at what is there, and leaves nothing out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = ROOT / "docs" / "CONTRIBUTING.md"
PAGES = [*sorted(ROOT.glob("*.md")), CONTRIBUTING]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = [ROOT / ".github" / "ISSUE_TEMPLATE" / f"{who}.yml" for who in ("student", "instructor")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
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


def test_one_version_is_named_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest
    assert [citation["version"], newest[1]] == [project["version"]] * 2
    assert citation["license"] == project["license"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_and_runs_no_action_that_can_change(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    used = re.findall(r"uses: (.*)", text)
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", one)] == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_for_issues_asks_what_was_done_and_seen(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    asked = {one["id"]: one for one in form["body"] if one["type"] != "markdown"}
    assert len(asked) == len(form["body"]) - 1
    required = {name for name, one in asked.items() if one.get("validations", {}).get("required")}
    assert {"did", "saw"} <= required
    assert all(one["attributes"]["label"] for one in asked.values())
