"""Two students on a real JupyterHub, side by side in one browser: each has a server of their own.

The hub has its own proxy, from npm. The environment is installed once, and read-only for them; each
has files of their own, and is a user of the operating system.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from tests.shared import shared_machine
from tools.browser import TIMEOUT, expect
from tools.lab import Notebook, furnish, right_answer
from tools.servers import free_url
from tools.student_copies import NOTEBOOKS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

UIDS = {"ada": 20001, "bob": 20002}
# A browser keeps the cookies of each host name apart, so that both are logged in in one.
HOSTS = {"ada": "localhost", "bob": "127.0.0.1"}
PASSWORD = secrets.token_hex()
LESSON = "02_nested_runs"
PROXY = "configurable-http-proxy@5.3.0"
SEARCH = """async (url) => (await fetch(url, {method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({experiment_ids: ["0", "1"]})})).json()"""


@pytest.fixture
def proxy(tmp_path: Path) -> str:
    """The hub's proxy, installed from npm."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm: sudo apt install npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(tmp_path), PROXY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot install {PROXY}: {done.stderr.strip()[-200:]}")
    return str(tmp_path / "node_modules" / ".bin" / "configurable-http-proxy")


def home(folder: Path, uid: int) -> dict[str, str]:
    """Lay out a student's files; return what their Jupyter finds set."""
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    furnish(folder)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid)
    return {"HOME": str(folder)}


@pytest.fixture
def hub(proxy: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The address of a hub that runs, as each of them writes it."""
    pytest.importorskip("jupyterhub", reason="needs jupyterhub: make setup EXTRAS=1")
    if not shutil.which("bwrap") or os.getuid() != 0:
        pytest.skip("needs bubblewrap, and root, to be two users")
    for parent in (tmp_path, *tmp_path.parents):
        if "pytest-of-" in str(parent):
            parent.chmod(0o755)  # pytest closes them to others
    url, *ports = (free_url() for _ in "abc")
    users = {
        name: {"uid": uid, "environment": home(tmp_path / name, uid)} for name, uid in UIDS.items()
    }
    told = {"url": url, "password": PASSWORD, "users": users, "proxy": [proxy]}
    told["ports"] = [urlsplit(port).port for port in ports]
    unset = ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI", "EXPERIMENT_PREFIX")
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    config = Path(__file__).parents[1] / "jupyterhub_config.py"
    command = [*shared_machine("--unshare-pid", "--proc", "/proc"), sys.executable, "-m"]
    log = tmp_path / "hub.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "jupyterhub", "--config", str(config)],
            cwd=tmp_path,
            env=environment | {"COURSE_HUB": json.dumps(told)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + TIMEOUT
        while not answers(f"{url}/hub/health"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield {name: f"http://{host}:{urlsplit(url).port}" for name, host in HOSTS.items()}
    finally:
        process.terminate()
        process.wait(TIMEOUT)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=TIMEOUT).ok
    except requests.ConnectionError:
        return False


def opened(
    window: BrowserContext, name: str, url: str, way: str = f"lab/tree/notebooks/{LESSON}.ipynb"
) -> Notebook:
    """Log in, open lesson 02 before any other, and begin to run it from top to bottom."""
    page = window.new_page()
    page.goto(f"{url}/hub/user-redirect/{way}")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    lesson = Notebook(page, LESSON)
    lesson.start()
    return lesson


def test_two_students_work_apart(hub: dict[str, str], window: BrowserContext) -> None:
    lessons = {name: opened(window, name, url) for name, url in hub.items()}
    found = {}
    for name, lesson in lessons.items():
        lesson.finish()
        expect(lesson.errors).to_have_count(0)
        with lesson.page.expect_popup() as popup:
            lesson.cell("tune-link").get_by_role("link").click()
        tab = popup.value
        mine = f"{hub[name]}/user/{name}/mlflow"
        assert tab.url.startswith(f"{mine}/#/experiments/")
        expect(tab.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
        # As many as the lesson logs: with the other's there would be more.
        expect(tab.get_by_text(re.compile(r"^\d+ matching runs"))).to_have_text("30 matching runs")
        tab.close()
        runs = lesson.page.evaluate(SEARCH, f"{mine}/ajax-api/2.0/mlflow/runs/search")["runs"]
        assert {run["info"]["user_id"] for run in runs} == {name}
        found[name] = {run["info"]["run_id"] for run in runs}
    assert not found["ada"] & found["bob"]

    answer = lessons["bob"].page.request.get(f"{hub['bob']}/user/ada/mlflow/version")
    assert (answer.status, "3." in answer.text()[:9]) == (403, False)
    stranger = requests.get(f"{hub['ada']}/user/ada/mlflow/version", timeout=TIMEOUT)
    assert urlsplit(stranger.url).path == "/hub/login"

    lesson = lessons["ada"]
    lesson.type("adopt", right_answer(LESSON))
    lesson.run("adopt")
    expect(lesson.run("check-adopt")).to_contain_text("✓ SOLVED")


def test_a_link_of_nbgitpuller_opens_a_students_own_copy(
    hub: dict[str, str], window: BrowserContext, tmp_path: Path
) -> None:
    course = tmp_path / "published" / "course"
    shutil.copytree(NOTEBOOKS, course / "notebooks")
    author = ("-c", "user.name=author", "-c", "user.email=author@example.org")
    for words in (["init", "-qb", "main"], ["add", "."], [*author, "commit", "-qm", "All lessons"]):
        subprocess.run(["git", "-C", str(course), *words], check=True)
    for path in (course, *course.rglob("*")):
        os.chown(path, UIDS["ada"], UIDS["ada"])  # git pulls from no folder of another user
    link = {"repo": course.as_uri(), "branch": "main"}
    link["urlpath"] = f"lab/tree/course/notebooks/{LESSON}.ipynb"
    lesson = opened(window, "ada", hub["ada"], f"git-pull?{urlencode(link)}")
    lesson.finish()
    expect(lesson.errors).to_have_count(0)
    assert (tmp_path / "ada" / "course" / "notebooks" / f"{LESSON}.ipynb").is_file()
