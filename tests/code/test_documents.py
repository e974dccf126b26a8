"""What is written beside the lessons points at what is there, and names one version."""

from __future__ import annotations

import re
import runpy
import tomllib

import pytest
import yaml

from tools.lessons import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_links_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("classroom/**/*.md")]:
        targets = re.findall(r"\]\((?!https?://|#)([^)\s#]+)", path.read_text(encoding="utf-8"))
        assert [one for one in targets if not (path.parent / one).exists()] == [], path


def test_one_version_is_named_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert newest
    assert [citation["version"], newest[1]] == [project["version"]] * 2
    assert citation["license"] == project["license"]


def test_a_workflow_may_read_and_runs_no_action_that_can_change() -> None:
    assert WORKFLOWS
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        for used in re.findall(r"uses: (.*)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", used), used


@pytest.mark.parametrize("hub", ["", "https://hub.example.org"])
def test_the_site_links_to_no_place_that_runs_the_course_without_its_address(
    hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sphinx", reason="needs Sphinx: make setup EXTRAS=1")
    monkeypatch.setenv("SITE_REPOSITORY", "")
    monkeypatch.setenv("SITE_HUB", hub)
    settings = runpy.run_path(str(ROOT / "docs" / "site" / "conf.py"))
    assert settings["places"]() == ""
    assert settings["html_theme_options"]["launch_buttons"]["binderhub_url"] == ""
