"""The shared server behind a school's TLS proxy, and in the browsers of two students."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from classroom.server.shared_server import HERE
from helpers import connect, execute_tuning, parents
from tests.shared import NAME, STUDENTS, Classroom, signed_in
from tools.browser import HIDE_ASSISTANT, chromium, expect, find_chromium
from tools.servers import free_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NESTED = "Nested Child Association"


# The proxy


@pytest.fixture(scope="module")
def proxy(classroom: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Caddy with the page's own Caddyfile; where its certificate authority's certificate is."""
    if (caddy := shutil.which("caddy")) is None:
        pytest.skip("needs caddy: sudo apt install caddy")
    folder, port = tmp_path_factory.mktemp("caddy"), free_url().rsplit(":", 1)[1]
    found = re.search(r"```caddyfile\n(.*?)```", (HERE / "shared_server.md").read_text(), re.DOTALL)
    assert found, "shared_server.md has no Caddyfile any more"
    # Here: another port than 443, and a certificate that no public authority has to give.
    local = f"{{\n admin off\n http_port {free_url().rsplit(':', 1)[1]}\n https_port {port}\n"
    local += " skip_install_trust\n}\n"
    site = found[1].replace("{\n", "{\n tls internal\n", 1)
    site = site.replace("localhost:8080", classroom.url.removeprefix("http://"))
    (folder / "Caddyfile").write_text(local + site)
    command = [caddy, "run", "--config", str(folder / "Caddyfile")]
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
    root = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    try:
        deadline = time.monotonic() + 30
        while not (root.exists() and "certificate obtained" in (folder / "log").read_text()):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        (folder / "port").write_text(port)
        yield root
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def school(proxy: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address for students, which this process reaches, and whose certificate it trusts."""
    resolve = socket.getaddrinfo
    port = int((proxy.parents[4] / "port").read_text())

    def resolved(host: Any, wanted: Any, *more: Any, **options: Any) -> Any:
        if host == NAME:  # as the school's name server and port 443 would have it
            host, wanted = "127.0.0.1", port
        return resolve(host, wanted, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy))
    monkeypatch.setenv("no_proxy", NAME)
    return f"https://{NAME}"


def test_a_student_works_behind_the_proxy(classroom: Classroom, school: str) -> None:
    assert f"MLFLOW_TRACKING_URI={school}\n" in (classroom.accounts / "ada.txt").read_text()
    with signed_in(classroom, "ada", MLFLOW_TRACKING_URI=school):
        experiment = connect("behind a proxy")
        execute_tuning(0)
        assert len(parents("behind a proxy")) == 1
        assert experiment.link().url.startswith(f"{school}/#/experiments/")


def test_the_pages_own_requests_pass_and_those_of_other_sites_do_not(
    classroom: Classroom, school: str
) -> None:
    route = f"{school}/ajax-api/2.0/mlflow/experiments/create"
    for origin, status in ((school, 200), ("https://evil.example", 403)):
        body = {"name": f"ada-from {origin}"}
        answer = requests.post(
            route,
            json=body,
            headers={"Origin": origin},
            auth=classroom.account("ada"),
            timeout=20,
        )
        assert answer.status_code == status, answer.text


def test_a_wrong_certificate_is_no_server(
    classroom: Classroom, school: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    ada = signed_in(classroom, "ada", MLFLOW_TRACKING_URI=school)
    with ada, pytest.raises(ConnectionError, match="Nothing answers"):
        connect("behind a proxy")


# The browsers


@pytest.fixture(scope="module")
def browsers(classroom: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    pytest.importorskip("playwright", reason="needs playwright: make setup EXTRAS=1")
    if find_chromium() is None:
        pytest.skip("needs Chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("chromium")) as window:
        assert window.browser
        yield window.browser


def opened(browsers: Browser, classroom: Classroom, who: str, address: str) -> Page:
    """A page of the MLflow UI in a browser of one's own, after the name and password."""
    name, password = classroom.account(who)
    context = browsers.new_context(
        http_credentials={"username": name, "password": password},
        viewport={"width": 1400, "height": 900},
    )
    context.add_init_script(HIDE_ASSISTANT)
    page = context.new_page()
    page.goto(address)
    return page


def picture(page: Page, name: str) -> None:
    """Take a picture for whoever wants to look: PICTURES=folder."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"shared_{name}.png")


@pytest.fixture(scope="module")
def tuned(classroom: Classroom) -> dict[str, str]:
    """Both students' links to the experiment of lesson 02, with as many tunings as each has."""
    links = {}
    for number, student in enumerate(STUDENTS, start=1):
        with signed_in(classroom, student):
            links[student] = connect(f"{NESTED} in a browser").link().url
            for test_no in range(number):
                execute_tuning(test_no, test_identifier=f"of_{student}")
    return links


@pytest.mark.parametrize("student", STUDENTS)
def test_a_student_sees_their_own_experiments_and_runs(
    browsers: Browser, classroom: Classroom, tuned: dict[str, str], student: str
) -> None:
    page = opened(browsers, classroom, student, tuned[student])
    expect(page.get_by_role("link", name=f"parent_run_test_of_{student}_0")).to_be_visible()
    picture(page, f"runs_of_{student}")
    page.goto(f"{classroom.url}/#/experiments?workflowType=machine_learning")
    expect(
        page.get_by_role("row").filter(has_text=f"{student}-{NESTED} in a browser")
    ).to_be_visible()
    (other,) = set(STUDENTS) - {student}
    expect(page.get_by_text(f"{other}-")).to_have_count(0)
    picture(page, f"experiments_of_{student}")
    page.goto(tuned[other])
    expect(page.get_by_role("heading", name="Error")).to_be_visible()
    expect(page.get_by_text(f"of_{other}")).to_have_count(0)
    picture(page, f"others_of_{student}")
    page.context.close()


def test_the_instructor_sees_all_in_a_browser(
    browsers: Browser, classroom: Classroom, tuned: dict[str, str]
) -> None:
    for student, address in tuned.items():
        page = opened(browsers, classroom, "admin", address)
        expect(page.get_by_role("link", name=f"parent_run_test_of_{student}_0")).to_be_visible()
        page.context.close()
