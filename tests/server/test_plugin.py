"""The rules of tests/plugin.py for notebooks and machines, each broken by a small example."""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import nbformat
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from tests.precheck import AddressError, own_prefix, probed
from tests.shared import serving, skip_without_container
from tools.containers import engine_runs
from tools.lesson_list import ROOT
from tools.temporary_server import temporary_server


def run_pytest(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the project's settings on the server in use."""
    options = ["-p", "no:cacheprovider", "--color=no", "-c", "pyproject.toml", "--rootdir", "."]
    options += [f"--tracking-server={os.environ['MLFLOW_TRACKING_URI']}"]  # the last one counts
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "REQUIRE"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *map(str, arguments)],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def notebook(path: Path, *sources: str, output: str = "") -> None:
    """Write a notebook; its last cell is said to have had an output, or none was ever executed."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for number, cell in enumerate(cells, start=1):
        cell.execution_count = number if output else None
    if output:
        data, count = {"text/plain": output}, len(cells)
        cells[-1].outputs = [nbformat.v4.new_output("execute_result", data, execution_count=count)]
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_notebooks_are_compared_and_named_on_a_server_in_use(tmp_path: Path) -> None:
    client, title = MlflowClient(), f"left {uuid.uuid4().hex}"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    killed = f"nbval-{platform.node()}-{ended.pid}-{uuid.uuid4().hex[:8]}-No Child Runs"
    left, ours = (client.create_experiment(name) for name in (killed, f"{own_prefix()}at work"))
    notebook(tmp_path / "other.ipynb", "1 + 1", output="3")
    notebook(tmp_path / "never.ipynb", "1 + 1")
    connects = f"from helpers import connect\nconnect({title!r}).name.endswith({title!r})"
    notebook(tmp_path / "connects.ipynb", connects, output="True")
    for name, students in (("handed_out", "1 + 1"), ("fails", "1 / 0")):
        notebook(tmp_path / "solutions" / f"{name}.ipynb", "1 + 1", output="2")
        notebook(tmp_path / f"{name}.ipynb", students)  # a student's copy: it must run
    (tmp_path / "test_lacks.py").write_text(
        "import pytest\ndef test_it(): pytest.skip('no engine runs here')\n"
    )
    # The prefix is the class's, and is not used.
    output = run_pytest(tmp_path, EXPERIMENT_PREFIX="ada-", REQUIRE_ALL="1").stdout
    assert "3 failed, 4 passed, 1 error" in output
    assert "REQUIRE_ALL=1, but: no engine runs here" in output
    assert re.search(r"In \[1\] of \S*other.ipynb: Cell outputs differ\n\n1 \+ 1\n", output)
    assert "other.ipynb, and read what changed." in output
    assert "This cell of never.ipynb was never executed" in output
    assert re.search(r"handed_out.ipynb: 1 cells passed, \d+.\d s", output)
    assert re.search(r"In \[1\] of fails.ipynb: Cell execution caused an exception", output)
    assert re.search(r"other.ipynb: 1 of 1 cells failed, ", output)
    assert "tracking server: named, MLflow 3" in output
    named = f"name LIKE '%{title}'"
    (experiment,) = client.search_experiments(view_type=ViewType.ALL, filter_string=named)
    assert experiment.name.startswith("nbval-")
    stages = [
        client.get_experiment(i).lifecycle_stage for i in (experiment.experiment_id, left, ours)
    ]
    assert stages == ["deleted", "deleted", "active"]


def test_an_address_that_is_wrong_is_a_sentence() -> None:
    with pytest.raises(AddressError, match="nor an address such as http://localhost:8080"):
        probed("localhost:8091")
    with pytest.raises(
        AddressError, match=r"Nothing answers at https.* Does the server speak https"
    ):
        probed("https://localhost:9")


def test_a_server_that_stops_ends_the_check_with_a_sentence(tmp_path: Path) -> None:
    with temporary_server() as server:
        pids = [process.pid for process in server.processes()]
        kill = f"import psutil\nfor pid in {pids}: psutil.Process(pid).kill()"
        fail = [f"raise ValueError({number})" for number in range(30)]  # a traceback each
        wait = "import mlflow\nmlflow.set_experiment('left')"
        notebook(tmp_path / "a.ipynb", kill, *fail, wait, "1 + 1", output="2")
        done = run_pytest(tmp_path, f"--tracking-server={server.url}", "-n", "2")
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("The tracking server stopped in the middle of the check.")
    assert len(lines) <= 30
    assert "KeyboardInterrupt" not in done.stdout
    assert "Traceback" not in done.stdout
    assert done.stderr == ""
    assert done.returncode == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("requests", [2, 3])  # it goes away before the first test, or after
def test_a_server_that_goes_away_while_pytest_starts_or_ends_is_a_sentence(
    tmp_path: Path, requests: int
) -> None:
    (tmp_path / "test_example.py").write_text("def test_it(): pass\n")
    left = requests

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        """Answer as an empty tracking server does; the last time, take no further request."""
        nonlocal left
        left -= 1
        if left == 0:
            request.server.socket.close()
        return 200, b"3.17.2" if request.path == "/version" else b"{}"

    with serving(answer) as url:
        done = run_pytest(tmp_path, f"--tracking-server={url}", MLFLOW_HTTP_REQUEST_MAX_RETRIES="1")
    output = done.stdout + done.stderr
    assert f"The tracking server that the tests use is gone. Nothing answers at {url}." in output
    assert "Traceback" not in output
    assert len(output.splitlines()) < 20
    assert done.returncode == (pytest.ExitCode.USAGE_ERROR if requests == 2 else pytest.ExitCode.OK)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_signal_that_ends_the_tests_takes_their_container_along(
    tmp_path: Path, name: str
) -> None:
    skip_without_container()
    (tmp_path / "test_waits.py").write_text(  # while the container gets ready
        "import os, time\n"
        "print('\\nserver', os.environ['MLFLOW_TRACKING_URI'], flush=True)\n"
        "time.sleep(600)\n"
    )
    options = ["-s", "-p", "no:cacheprovider", "-c", "pyproject.toml", "--rootdir", "."]
    command = [sys.executable, "-m", "pytest", *options, "--tracking-server=container", tmp_path]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        url = next(line for line in tests.stdout if line.startswith("server "))
        published = f"publish={url.strip().rpartition(':')[2]}"
        listed = ["docker", "ps", "--quiet", "--filter", published]
        assert subprocess.check_output(listed) != b""
        tests.send_signal(getattr(signal, name))
        tests.stdout.read()
    deadline = time.monotonic() + 60
    while subprocess.check_output(listed) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert subprocess.check_output(listed) == b""


def test_without_its_image_the_embedded_server_is_used(tmp_path: Path) -> None:
    if not engine_runs():
        pytest.skip("no container engine runs on this machine")
    image, override = "registry.invalid/mlflow:none", tmp_path / "override.yml"
    override.write_text(f"services: {{mlflow: {{image: '{image}'}}}}")
    (tmp_path / "test_example.py").write_text(
        "from tests.shared import skip_without_container\ndef test_it(): skip_without_container()\n"
    )
    files = os.pathsep.join(["docker-compose.yml", str(override)])
    output = run_pytest(tmp_path, "--tracking-server=auto", COMPOSE_FILE=files).stdout
    assert "1 skipped" in output
    assert "tracking server: embedded" in output
    assert output.count(f"NO CONTAINER: its image {image} is not on this machine") == 2
    assert f"needs an image that is not here: docker pull {image}" in output
