"""The recipe for one server for a class, tried as it is written."""

import os
import re
from pathlib import Path

import pytest
import requests

from tests.shared import skip_without_container
from tools.containers import container_server
from tools.lesson_list import ROOT


def test_the_class_and_the_machine_itself_are_answered_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_without_container()
    page = (ROOT / "docs" / "instructors.md").read_text("utf-8")
    [recipe] = re.findall(r"```yaml\n(services:.*?)```", page, re.DOTALL)
    override = tmp_path / "docker-compose.override.yml"
    override.write_text(recipe)
    monkeypatch.setenv("COMPOSE_FILE", f"docker-compose.yml{os.pathsep}{override}")
    with container_server() as url:
        # It listens to the network: under every address of this machine, not 127.0.0.1 alone.
        here = url.replace("localhost", "127.0.0.2")
        route = f"{here}/api/2.0/mlflow/experiments/search?max_results=1"
        hosts = {"class.example": 200, "localhost": 200, "elsewhere.example": 403}
        for host, status in hosts.items():
            asked = {"Host": url.replace("http://localhost", host)}
            assert requests.get(route, headers=asked, timeout=60).status_code == status, host
