"""The live view of a class, as `make class` shows it to an instructor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from exercises.engine.progress import keep
from exercises.nest import exercise
from tests.answers import report
from tests.shared import look
from tools.browser import TIMEOUT, expect
from tools.lessons import ROOT
from tools.servers import free_url

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_live_view_of_a_class(
    page: Page, node_modules: Path, tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is text, whatever a student has put into it."""
    monkeypatch.delenv("COURSE_PROGRESS")
    named = os.environ["EXPERIMENT_PREFIX"]
    for student, met in (("<b>ada</b>", 8), ("bob", 4)):
        monkeypatch.setenv("EXPERIMENT_PREFIX", f"{named}{student}-")
        keep(exercise.words, report("nest", met))
    url = free_url()
    command = [sys.executable, "-m", "classroom.live", "--port", url.rpartition(":")[2]]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as view:
        try:
            assert url in view.stdout.readline()
            page.goto(url)
            rows = page.locator("tbody tr")
            expect(rows.filter(has_text=f"{named}<b>ada</b>")).to_contain_text("✓ 1 attempt")
            expect(rows.filter(has_text=f"{named}bob")).to_contain_text("◐ 1 attempt")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert look(page, node_modules) == [], scheme
            page.get_by_label("Hide the names").check()
            expect(page.locator("tbody")).not_to_contain_text("bob")
            forged = {"Host": "evil.example"}
            assert requests.get(f"{url}/state", headers=forged, timeout=TIMEOUT).status_code == 404
        finally:
            view.send_signal(signal.SIGINT)
    assert view.returncode == 0
