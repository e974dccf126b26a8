"""Two students on a real JupyterHub, side by side in one browser: each has a server of their own.

The hub is as it comes, with its own proxy. The environment is installed once, and read-only for
students; each is a user of the operating system, with files of their own. One follows a link of
nbgitpuller, which makes a copy of the course; the other has the lessons.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from tests.shared import shared_machine, wait_for
from tools.browser import TIMEOUT, expect
from tools.drive_lab import Notebook, furnish, right_answer
from tools.student_copies import NOTEBOOKS
from tools.temporary_server import free_url

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

UIDS = {"ada": 20001, "bob": 20002}
PASSWORD = secrets.token_hex()
LESSON = "02_nested_runs"


def lay_out(folder: Path) -> list[str]:
    """Write bob's files and the published course, which is ada's to read.

    Returns:
        What lets a machine have the students as its users, and all this as their own, below /srv.
    """
    folder.chmod(0o755)
    published, users = folder / "ada" / "published" / "course", folder / "passwd"
    for copy in (published, folder / "bob"):
        shutil.copytree(NOTEBOOKS, copy / "notebooks")
    author = ("-c", "user.name=author", "-c", "user.email=author@example.org")
    for words in (["init", "-qb", "main"], ["add", "."], [*author, "commit", "-qm", "All lessons"]):
        subprocess.run(["git", "-C", published, *words], check=True)
    for name, uid in UIDS.items():
        furnish(folder / name)
        subprocess.run(["chown", "-R", f"{uid}:{uid}", folder / name], check=True)
    entries = [f"{name}:x:{uid}:{uid}::/srv/{name}:/bin/sh" for name, uid in UIDS.items()]
    users.write_text("\n".join([Path("/etc/passwd").read_text(), *entries, ""]))
    return ["--bind", str(folder), "/srv", "--ro-bind", str(users), "/etc/passwd"]


@pytest.fixture
def hub(node_modules: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a hub that runs."""
    pytest.importorskip("jupyterhub", reason="needs jupyterhub: make setup EXTRAS=1")
    if not shutil.which("bwrap") or os.getuid() != 0:
        pytest.skip("needs bubblewrap, and root, to be two users")
    url, *ports = (free_url() for _ in "abc")
    proxy = node_modules / ".bin" / "configurable-http-proxy"
    lab = [sys.executable, "-m", "jupyterhub.singleuser"]
    settings = {
        "JupyterHub": {
            "bind_url": url,
            "hub_port": urlsplit(ports[0]).port,
            "authenticator_class": "dummy",
        },
        "Authenticator": {"allowed_users": list(UIDS)},
        "DummyAuthenticator": {"password": PASSWORD},
        "ConfigurableHTTPProxy": {"command": [str(proxy)], "api_url": ports[1]},
        "Spawner": {"cmd": lab, "http_timeout": 60},
    }
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    unset = ("MLFLOW_TRACKING_URI", "EXPERIMENT_PREFIX")
    machine = shared_machine("--unshare-pid", "--proc", "/proc", *lay_out(tmp_path))
    with subprocess.Popen(
        [*machine, sys.executable, "-m", "jupyterhub", "--config=settings.json"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key not in unset},
    ) as process:
        try:
            wait_for(f"{url}/hub/health")
            yield url
        finally:
            process.terminate()


def opened(window: BrowserContext, name: str, address: str) -> Notebook:
    """Log in, in a browser of one's own, and open lesson 02."""
    page = window.browser.new_context().new_page()
    # On a busy machine, JupyterLab may say that its stylesheet did not come. One reloads it then.
    broken = page.get_by_role("dialog", name="Error Loading Theme")
    page.add_locator_handler(broken, lambda _: page.reload())
    page.goto(address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    lesson = Notebook(page, LESSON)
    lesson.wait_until_idle()
    return lesson


def test_two_students_work_apart(hub: str, window: BrowserContext) -> None:
    path = f"notebooks/{LESSON}.ipynb"
    pulled = {
        "repo": "file:///srv/ada/published/course",
        "branch": "main",
        "urlpath": f"lab/tree/course/{path}",
    }
    ways = {"ada": f"git-pull?{urlencode(pulled)}", "bob": f"lab/tree/{path}"}
    lessons = {
        name: opened(window, name, f"{hub}/hub/user-redirect/{way}") for name, way in ways.items()
    }
    for lesson in lessons.values():
        lesson.start()
    for name, lesson in lessons.items():
        lesson.finish()
        expect(lesson.errors).to_have_count(0)
        with lesson.page.expect_popup() as popup:
            lesson.cell("tune-code").get_by_role("link").click()
        tab = popup.value
        assert tab.url.startswith(f"{hub}/user/{name}/mlflow/#/experiments/")
        count = tab.get_by_text(re.compile(r"^\d+ matching runs"))
        broken = tab.get_by_text("Something went wrong")  # MLflow's page, if its server is busy
        expect(count.or_(broken)).to_be_visible()
        if broken.is_visible():
            tab.reload()
        # As many as the lesson logs and keeps: with the other's there would be more.
        expect(count).to_have_text("32 matching runs")
    lessons["bob"].type("adopt", right_answer(LESSON))
    lessons["bob"].run("adopt")
    expect(lessons["bob"].run("check-adopt")).to_contain_text("✓ SOLVED")
    others = f"{hub}/user/ada/mlflow/version"
    assert lessons["bob"].page.request.get(others).status == 403
    assert requests.get(others, timeout=TIMEOUT).url.startswith(f"{hub}/hub/login")
