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
from urllib.parse import urlsplit

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
LESSON = "02_nested_runs"
PROXY = "configurable-http-proxy@5.3.0"
SEARCH = """async (url) => (await fetch(url, {method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({experiment_ids: ["0", "1"]})})).json()"""
each = pytest.mark.parametrize("name", UIDS)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hub's proxy, installed from npm."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm: sudo apt install npm")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), PROXY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot install {PROXY}: {done.stderr.strip()[-200:]}")
    return str(folder / "node_modules" / ".bin" / "configurable-http-proxy")


@pytest.fixture(scope="module")
def hub(proxy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A hub that runs: its address as each of them writes it, and their password."""
    pytest.importorskip("jupyterhub", reason="needs jupyterhub: make setup EXTRAS=1")
    if not shutil.which("bwrap") or os.getuid() != 0:
        pytest.skip("needs bubblewrap, and root, to be two users")
    folder = tmp_path_factory.mktemp("hub")
    for parent in (folder, *folder.parents):
        if "pytest-of-" in str(parent):
            parent.chmod(0o755)  # pytest closes them to others
    url, ports, password = (
        free_url(),
        [urlsplit(free_url()).port for _ in "ab"],
        secrets.token_hex(),
    )
    users = {
        name: {"uid": uid, "environment": home(folder / name, uid)} for name, uid in UIDS.items()
    }
    told = {"url": url, "ports": ports, "password": password, "users": users, "proxy": [proxy]}
    unset = ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI", "EXPERIMENT_PREFIX")
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    config = Path(__file__).with_name("jupyterhub_config.py")
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *shared_machine("--unshare-pid", "--proc", "/proc"),
                sys.executable,
                "-m",
                "jupyterhub",
                "--config",
                str(config),
            ],
            cwd=folder,
            env=environment | {"COURSE_HUB": json.dumps(told)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"{url}/hub/health", process, folder / "hub.log")
        port = urlsplit(url).port
        yield {name: f"http://{host}:{port}" for name, host in HOSTS.items()} | {
            "password": password
        }
    finally:
        process.terminate()
        process.wait(TIMEOUT)


def home(folder: Path, uid: int) -> dict[str, str]:
    """Lay out a student's files; return what their Jupyter finds set."""
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    environment = furnish(folder / "jupyter") | {"HOME": str(folder)}
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid)
    return environment


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            requests.get(url, timeout=TIMEOUT).raise_for_status()
        except requests.RequestException:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="module")
def lessons(hub: dict[str, str], window: BrowserContext) -> dict[str, Notebook]:
    """Both log in, open lesson 02 before any other, and run it from top to bottom."""
    opened = {}
    for name in UIDS:
        page = window.new_page()
        page.goto(f"{hub[name]}/hub/user-redirect/lab/tree/notebooks/{LESSON}.ipynb")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(hub["password"])
        page.get_by_role("button", name="Sign in").click()
        opened[name] = Notebook(page, LESSON)
    for notebook in opened.values():
        notebook.start()
        notebook.finish()
    return opened


@each
def test_the_lesson_opened_first_runs_to_its_end(lessons: dict[str, Notebook], name: str) -> None:
    expect(lessons[name].errors).to_have_count(0)


@each
def test_links_lead_to_ones_own_runs(
    hub: dict[str, str], lessons: dict[str, Notebook], name: str
) -> None:
    with lessons[name].page.expect_popup() as opened:
        lessons[name].cell("tune-link").get_by_role("link").click()
    tab = opened.value
    assert tab.url.startswith(f"{hub[name]}/user/{name}/mlflow/#/experiments/")
    expect(tab.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    # As many as the lesson logs: with the other's there would be more.
    expect(tab.get_by_text(re.compile(r"^\d+ matching runs"))).to_have_text("30 matching runs")
    tab.close()


def test_their_servers_are_two(lessons: dict[str, Notebook], hub: dict[str, str]) -> None:
    found = {}
    for name in UIDS:
        route = f"{hub[name]}/user/{name}/mlflow/ajax-api/2.0/mlflow/runs/search"
        runs = lessons[name].page.evaluate(SEARCH, route)["runs"]
        found[name] = {run["info"]["run_id"] for run in runs}
        assert {run["info"]["user_id"] for run in runs} == {name}
    assert len(found["ada"] | found["bob"]) == len(found["ada"]) + len(found["bob"])


def test_nobody_reaches_anothers_server(lessons: dict[str, Notebook], hub: dict[str, str]) -> None:
    answer = lessons["bob"].page.request.get(f"{hub['bob']}/user/ada/mlflow/version")
    assert (answer.status, "3." in answer.text()[:9]) == (403, False)
    stranger = requests.get(f"{hub['ada']}/user/ada/mlflow/version", timeout=TIMEOUT)
    assert urlsplit(stranger.url).path == "/hub/login"


def test_a_tile_opens_the_ui(lessons: dict[str, Notebook], hub: dict[str, str]) -> None:
    lesson = lessons["ada"]
    lesson.page.locator("[data-command='launcher:create']").first.click()
    with lesson.page.expect_popup() as opened:
        lesson.page.locator(".jp-LauncherCard").filter(has_text="MLflow").click()
    tab = opened.value
    expect(tab.get_by_role("link", name="Nested Child Association")).to_be_visible()
    assert tab.url.startswith(f"{hub['ada']}/user/ada/mlflow/#/experiments")
    tab.close()
    lesson.show()


@each
def test_an_exercise_is_solved(lessons: dict[str, Notebook], name: str) -> None:
    lesson = lessons[name]
    lesson.type("adopt", right_answer(LESSON))
    lesson.run("adopt")
    expect(lesson.run("check-adopt")).to_contain_text("✓ SOLVED")
