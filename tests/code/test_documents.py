"""What is written beside the code points at what is there, and names one version."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest
import yaml

from tools.lesson_list import ROOT
from tools.notebook_cells import read_prose
from tools.student_copies import solved_notebooks, students_path

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def prose(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return read_prose(path)


def test_a_link_to_a_lesson_has_its_number() -> None:
    number = re.compile(
        r"\[(?:lesson )?(\d\d)\b[^\]]*\]\((?:\.\./)?(?:notebooks/)?(\d\d)_\w+\.ipynb"
    )
    links = 0
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("notebooks/*.ipynb")]:
        for shown, linked in number.findall(path.read_text(encoding="utf-8")):
            assert shown == linked, path
            links += 1
    assert links > 50


def test_links_lead_somewhere() -> None:
    pages = [
        path for where in ("*.md", "docs/*.md", "classroom/**/*.md") for path in ROOT.glob(where)
    ]
    notebooks = [copy for path in solved_notebooks() for copy in (path, students_path(path))]
    for path in pages + notebooks:
        targets = re.findall(r"\]\((?!https?://|attachment:|#)([^)\s#]+)", prose(path))
        assert [target for target in targets if not (path.parent / target).exists()] == [], path


def test_one_version_is_named_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest
    assert [citation["version"], newest[1]] == [project["version"]] * 2


def test_a_workflow_may_read_and_runs_no_action_that_can_change() -> None:
    assert WORKFLOWS
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        for used in re.findall(r"uses: (.*)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", used), used


def test_notice_names_files_that_exist() -> None:
    """A licence notice has to say where what is another's can be found."""
    text = (ROOT / "NOTICE").read_text(encoding="utf-8")
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir())
    named = re.findall(rf"(?<![\w/.])(?:{folders})/[\w/.*-]*[\w/]", text)
    assert "tools/bench.py" in named
    elsewhere = "docs/docs/"  # of MLflow's repository
    own = [name for name in named if not name.startswith(elsewhere)]
    assert [name for name in own if not [*ROOT.glob(name.rstrip("/"))]] == []


def test_the_site_links_to_no_place_that_runs_the_course_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("sphinx", reason="needs Sphinx: make setup EXTRAS=1")
    monkeypatch.setenv("SITE_REPOSITORY", "")
    monkeypatch.setenv("SITE_HUB", "https://hub.example.org")
    settings = runpy.run_path(str(ROOT / "docs" / "site" / "conf.py"))
    assert settings["places"]() == ""
    assert settings["html_theme_options"]["launch_buttons"]["binderhub_url"] == ""
