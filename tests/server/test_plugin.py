"""The rules of tests/plugin.py for notebooks and machines, each broken by a small example."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import uuid
from pathlib import Path

import nbformat
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from classroom.server.precheck import AddressError, own_prefix, probed
from tools.containers import engine_runs
from tools.lessons import ROOT
from tools.servers import temporary_server


def run_pytest(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the project's settings on the server in use."""
    options = ["-p", "no:cacheprovider", "--color=no"]
    options += ["-c", "pyproject.toml", "--rootdir", "."]
    options += [f"--tracking-server={os.environ['MLFLOW_TRACKING_URI']}"]  # the last one counts
    outer = ("PYTEST", "REQUIRE_ALL")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(outer)}
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
    notebook(tmp_path / "same.ipynb", "1 + 1", output="2")
    notebook(tmp_path / "other.ipynb", "1 + 1", output="3")
    notebook(tmp_path / "never.ipynb", "1 + 1")
    connects = f"from helpers import connect\nconnect({title!r}).name.endswith({title!r})"
    notebook(tmp_path / "connects.ipynb", connects, output="True")
    for name, students in (("handed_out", "1 + 1"), ("fails", "1 / 0")):
        notebook(tmp_path / "solutions" / f"{name}.ipynb", "1 + 1", output="2")
        notebook(tmp_path / f"{name}.ipynb", students)  # a student's copy: it must run
    said = run_pytest(tmp_path, EXPERIMENT_PREFIX="ada-").stdout  # the class's, which is not used
    assert "2 failed, 5 passed, 1 error" in said
    assert re.search(r"In \[1\] of other.ipynb: Cell outputs differ\n\n1 \+ 1\n", said)
    assert "other.ipynb, and read what changed." in said
    assert "This cell of never.ipynb was never executed" in said
    assert re.search(r"handed_out.ipynb: 1 cells passed, \d+.\d s", said)
    assert re.search(r"In \[1\] of fails.ipynb: Cell execution caused an exception", said)
    assert re.search(r"other.ipynb: 1 of 1 cells failed, ", said)
    assert "tracking server: named, MLflow 3" in said
    named = f"name LIKE '%{title}'"
    (made,) = client.search_experiments(view_type=ViewType.ALL, filter_string=named)
    assert made.name.startswith("nbval-")
    assert made.lifecycle_stage == "deleted"
    assert client.get_experiment(left).lifecycle_stage == "deleted"
    assert client.get_experiment(ours).lifecycle_stage == "active"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("localhost:8091", "nor an address such as http://localhost:8080."),
        ("embeded", "is neither container nor embedded nor an address"),
        ("https://localhost:9", "Does the server speak https, and at that port?"),
        ("http://localhost:9", "Nothing answers at http://localhost:9."),
    ],
)
def test_an_address_that_is_wrong_is_a_sentence(address: str, sentence: str) -> None:
    with pytest.raises(AddressError, match=re.escape(sentence)):
        probed(address)


def test_what_is_asked_of_pytest_in_vain_is_said_without_a_traceback(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--tracking-server=embeded")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.startswith("ERROR: --tracking-server=embeded: ")


FAIL = [f"raise ValueError({number})" for number in range(30)]  # a traceback each
WAIT = "import mlflow\nmlflow.set_experiment('left')"


@pytest.mark.parametrize(
    ("cells", "options"),
    [([*FAIL, WAIT], ("-n", "2")), ([WAIT, *FAIL], ())],
    ids=["by several processes", "by one"],
)
def test_a_server_that_stops_ends_the_check_with_a_sentence(
    cells: list[str], options: tuple[str, ...], tmp_path: Path
) -> None:
    with temporary_server() as server:
        pids = [process.pid for process in server.processes()]
        kill = f"import psutil\nfor pid in {pids}: psutil.Process(pid).kill()"
        notebook(tmp_path / "a.ipynb", kill, *cells, "1 + 1", output="2")
        done = run_pytest(tmp_path, f"--tracking-server={server.url}", *options)
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("The tracking server stopped in the middle of the check.")
    assert len(lines) <= 30
    assert "KeyboardInterrupt" not in done.stdout
    assert "Traceback" not in done.stdout
    assert done.stderr == ""
    assert done.returncode == pytest.ExitCode.INTERRUPTED


def test_what_a_machine_lacks_is_a_failure_if_everything_is_required(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(
        "import pytest\ndef test_it(): pytest.skip('no engine runs here')\n"
    )
    assert "1 skipped" in run_pytest(tmp_path).stdout
    done = run_pytest(tmp_path, REQUIRE_ALL="1")
    assert "1 failed" in done.stdout
    assert "REQUIRE_ALL=1, but: no engine runs here" in done.stdout


def test_without_its_image_the_embedded_server_is_used_unless_the_container_is_required(
    tmp_path: Path,
) -> None:
    if not engine_runs():
        pytest.skip("no container engine runs on this machine")
    override = tmp_path / "override.yml"
    override.write_text("services: {mlflow: {image: 'registry.invalid/mlflow:none'}}")
    (tmp_path / "test_example.py").write_text(
        "from tests.shared import skip_without_container\ndef test_it(): skip_without_container()\n"
    )
    wanted = (tmp_path, "--tracking-server=auto")
    files = os.pathsep.join(["docker-compose.yml", str(override)])
    done = run_pytest(*wanted, COMPOSE_FILE=files)
    assert "1 skipped" in done.stdout
    assert "tracking server: embedded" in done.stdout
    image = "registry.invalid/mlflow:none"
    assert done.stdout.count(f"NO CONTAINER: its image {image} is not on this machine") == 2
    assert f"needs an image that is not here: docker pull {image}" in done.stdout
    done = run_pytest(*wanted, COMPOSE_FILE=files, REQUIRE_ALL="1")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "docker compose up --detach failed." in done.stderr
    assert "--tracking-server=embedded does without a container." in done.stderr
