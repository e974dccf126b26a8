"""What several test modules use: the shared server with students, a machine with several users."""

from __future__ import annotations

import os
import platform
import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import mlflow
import pytest
import requests
from mlflow.entities import Experiment
from requests.adapters import HTTPAdapter, Retry

from classroom import live
from classroom.server.shared_server import SharedServer, read_settings
from tools.browser import LAPTOP, PHONE
from tools.containers import engine_runs, missing_image, missing_images
from tools.lesson_list import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tools.drive_lab import Notebook

NEEDS_LINUX = pytest.mark.skipif(
    platform.system() != "Linux", reason="grading needs Linux; on Windows, use WSL"
)
OWN = os.geteuid() if os.name == "posix" else 0
ORDINARY = OWN or 20_001  # a user who is not root, and whom root can become
NAME = "mlflow.school.example"  # under which a proxy would hand on to it
STUDENTS = ("ada", "bob")
SITE_REPOSITORY = "https://github.com/someone/course"
SITE_HUB = "https://hub.example.org"
# Volumes in memory, so small that a test can fill them. The holder keeps them while others restart.
SMALL = """
services:
  postgres:
    environment:
      PGDATA: /var/lib/postgresql/data/here
  holder:
    image: postgres:17
    command: [sleep, infinity]
    init: true
    network_mode: none
    volumes: ["artifacts:/artifacts", "database:/database"]
volumes:
  artifacts:
    driver_opts: {type: tmpfs, device: tmpfs, o: "size=32m,mode=1777"}
  database:
    driver_opts: {type: tmpfs, device: tmpfs, o: "size=400m,mode=1777"}
"""
# axe-core's rules for WCAG 2.2 AA.
VIOLATIONS = """async part => {
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const found = await axe.run(part, {runOnly: {type: "tag", values}});
    if (!found.passes.length) throw new Error("axe has looked at nothing.");
    return found.violations.flatMap(({id, nodes}) => nodes.map(
        ({html, failureSummary}) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`));
}"""


def skip_without_container() -> None:
    """Skip a test that starts docker-compose.yml where that cannot be had."""
    if not engine_runs():
        pytest.skip("no container engine runs on this machine")
    if image := missing_image():
        pytest.skip(f"needs an image that is not here: docker pull {image}")


def skip_without_shared_server() -> None:
    """Skip a test of the shared server where that cannot be had."""
    skip_without_container()
    if missing := missing_images():
        pytest.skip(f"needs images that are not here: docker pull {' '.join(missing)}")


def wait_for(url: str) -> None:
    """Wait until a web server answers, and neither finds nothing there nor fails."""
    failures = {404, *range(500, 600)}
    retries = Retry(100, backoff_factor=0.5, backoff_max=1, status_forcelist=failures)
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=retries))
    session.get(url, timeout=60)


@contextmanager
def serving(
    answer: Callable[[BaseHTTPRequestHandler, bytes], tuple[int, bytes]],
    context: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """Start a web server on this machine for a while, and give its address.

    Args:
        answer: takes a request and its body, and returns the status and the body of the response.
        context: what the server speaks TLS with; by default, it speaks plain HTTP.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, content = answer(self, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"{'https' if context else 'http'}://localhost:{server.server_port}"
        server.shutdown()


def look(page: Page, node_modules: Path, part: str = "body") -> Any:
    """Return what axe finds wrong with a part of a page."""
    page.evaluate((node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    return page.evaluate(VIOLATIONS, part)


def assert_accessible(
    page: Page, node_modules: Path, prepare: Callable[[str], None] | None = None
) -> None:
    """Assert that axe finds nothing wrong with a page, in light and dark colors, on a phone too.

    Args:
        page: the page.
        node_modules: the folder that has axe.
        prepare: called with each color scheme before axe looks.
    """
    for size, scheme in ((PHONE, "dark"), (LAPTOP, "dark"), (LAPTOP, "light")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        if prepare:
            prepare(scheme)
        assert look(page, node_modules) == [], (size, scheme)


def follow(lesson: Notebook, cell_id: str) -> Page:
    """Click the link that a cell shows; it opens in a new tab."""
    with lesson.page.expect_popup() as opened:
        lesson.cell(cell_id).locator(".jp-OutputArea a").click()
    return opened.value


@dataclass(frozen=True)
class Classroom:
    """A shared server with accounts for its students."""

    server: SharedServer
    url: str
    accounts: Path  # the folder with what each student has to set

    def settings(self, who: str) -> dict[str, str]:
        """What a student sets, as their file says it, or the admin, with this machine's address."""
        if who == "admin":
            password = read_settings(self.server.settings)["MLFLOW_AUTH_ADMIN_PASSWORD"]
            variables = {"MLFLOW_TRACKING_PASSWORD": password, "EXPERIMENT_PREFIX": ""}
        else:
            text = (self.accounts / f"{who}.txt").read_text()
            variables = dict(re.findall(r"(?m)^export (\w+)=(.*)$", text))
        return variables | {"MLFLOW_TRACKING_USERNAME": who, "MLFLOW_TRACKING_URI": self.url}

    def ask(self, who: str, method: str, route: str, **more: Any) -> requests.Response:
        """Send a request as a student, as the admin, or, with an empty name, as nobody."""
        account = (who, self.settings(who)["MLFLOW_TRACKING_PASSWORD"]) if who else None
        return requests.request(method, self.url + route, auth=account, timeout=60, **more)

    def make_accounts(
        self, students: Iterable[str], *options: str
    ) -> subprocess.CompletedProcess[str]:
        """Run what `make accounts` runs."""
        listed = self.accounts.with_name("students.csv")
        listed.write_text("\n".join(["student", *students]))
        command = [sys.executable, "-m", "classroom.server.accounts", listed, *options]
        command += ["--settings", self.server.settings, "--output", self.accounts]
        return subprocess.run(command, capture_output=True, text=True)


@contextmanager
def signed_in(classroom: Classroom, who: str, **more: str) -> Iterator[None]:
    """Let this process be a student's for a while, as one that was started with their settings."""
    before = mlflow.get_tracking_uri()
    with patch.dict(os.environ, classroom.settings(who) | more):
        mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)


def read_one_class(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    """Let the live view read only students with this prefix, and not those of other tests."""
    read_all = live.progress_experiments

    def read() -> list[Experiment]:
        return [student for student in read_all() if student.name.startswith(prefix)]

    monkeypatch.setattr(live, "progress_experiments", read)


def shared_machine(*options: str) -> list[str]:
    """Return what, put before a command, runs it where every user can read the course, and no more.

    By bubblewrap, and for root. What lies on the way to the course and is closed to others, such
    as /root, is empty there but for that.

    Args:
        *options: what else bubblewrap is told, such as `--unshare-net`: no port is taken there.
    """
    course = sorted({Path(sys.base_prefix), Path(sys.prefix), ROOT})
    ways = sorted({way for path in course for way in path.parents})
    mounts: list[tuple[str | Path, ...]] = [("--dev-bind", "/", "/")]
    mounts += [("--tmpfs", way) for way in ways if not way.stat().st_mode & 0o001]
    mounts += [("--perms", "0755", "--dir", way) for way in ways]
    mounts += [("--ro-bind", path, path) for path in course]
    words = [str(word) for mount in mounts for word in mount]
    return ["bwrap", "--die-with-parent", "--cap-add", "ALL", *words, *options]


def as_user(user: int) -> list[str]:
    """Return what, put before a command, runs it as a user, who can read the course.

    Only root can become another user; see `shared_machine`.
    """
    if user == OWN:
        return []
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return [*shared_machine(), *become]
