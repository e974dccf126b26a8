"""README's recipe for one server for a class, tried as it is written."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.shared import skip_without_container
from tools.containers import compose, throw_away
from tools.servers import free_url

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def class_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that was started with the recipe."""
    skip_without_container()
    found = re.search(r"```yaml\n(services:.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found, "README.md has no recipe any more"
    override = tmp_path_factory.mktemp("recipe") / "docker-compose.override.yml"
    override.write_text(found[1])
    project, url = f"course-class-{uuid.uuid4().hex[:8]}", free_url()
    files = ("--file", str(ROOT / "docker-compose.yml"), "--file", str(override))
    try:
        compose(project, *files, "up", "--detach", "--wait", url=url)
        yield url
    finally:
        throw_away(project)


def asked_as(url: str, host: str) -> int:
    """Ask for the experiments under a host name; return the status."""
    route = f"{url}/api/2.0/mlflow/experiments/search"
    headers = {"Host": f"{host}:{urlsplit(url).port}"}
    return requests.post(route, json={"max_results": 1}, headers=headers, timeout=10).status_code


@pytest.mark.parametrize("host", ["class.example", "localhost", "127.0.0.1"])
def test_the_class_and_the_machine_itself_are_answered(class_url: str, host: str) -> None:
    assert asked_as(class_url, host) == 200


def test_another_name_is_refused(class_url: str) -> None:
    assert asked_as(class_url, "elsewhere.example") == 403


def test_it_listens_to_the_network(class_url: str) -> None:
    """Under every address of this machine's loopback range, not 127.0.0.1 alone."""
    port = urlsplit(class_url).port
    assert requests.get(f"http://127.0.0.2:{port}/health", timeout=10).text == "OK"
