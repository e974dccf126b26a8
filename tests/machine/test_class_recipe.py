"""README's recipe for one server for a class, tried as it is written."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.shared import skip_without_container
from tools.containers import compose, throw_away
from tools.lessons import ROOT
from tools.servers import free_url


def test_the_class_and_the_machine_itself_are_answered_and_nobody_else(tmp_path: Path) -> None:
    skip_without_container()
    found = re.search(r"```yaml\n(services:.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found, "README.md has no recipe any more"
    override, project = tmp_path / "docker-compose.override.yml", f"course-{uuid.uuid4().hex[:8]}"
    override.write_text(found[1])
    files = ("--file", str(ROOT / "docker-compose.yml"), "--file", str(override))
    url = free_url()
    try:
        compose(project, *files, "up", "--detach", "--wait", url=url)
        port = urlsplit(url).port
        # It listens to the network: under every address of this machine, not 127.0.0.1 alone.
        route = f"http://127.0.0.2:{port}/api/2.0/mlflow/experiments/search?max_results=1"
        for host, status in {
            "class.example": 200,
            "localhost": 200,
            "elsewhere.example": 403,
        }.items():
            answer = requests.get(route, headers={"Host": f"{host}:{port}"}, timeout=10)
            assert answer.status_code == status, host
    finally:
        throw_away(project)
