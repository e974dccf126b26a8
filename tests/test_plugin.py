"""The rules that tests/plugin.py sets, each broken by a small example of its own."""

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

from classroom.server.precheck import own_prefix
from tools.containers import engine_runs
from tools.servers import temporary_server

ROOT = Path(__file__).resolve().parents[1]


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


def notebook(path: Path, source: str, output: str | None, executed: bool = True) -> Path:
    """Write a notebook with one cell and the output that it is said to have had."""
    return notebook_of(path, [(source, output)], executed)


def notebook_of(path: Path, cells: list[tuple[str, str | None]], executed: bool = True) -> Path:
    """Write a notebook of several cells."""
    made = []
    for number, (source, output) in enumerate(cells, start=1):
        made.append(cell := nbformat.v4.new_code_cell(source))
        if executed:
            cell.execution_count = number
        if output is not None:
            data = {"text/plain": output}
            result = nbformat.v4.new_output("execute_result", data, execution_count=number)
            cell.outputs = [result]
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


TITLE = f"left {uuid.uuid4().hex}"
CONNECTS = f"from helpers import connect\nconnect({TITLE!r}).name.endswith({TITLE!r})"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says about notebooks of one cell, on a server in use."""
    folder = tmp_path_factory.mktemp("notebooks")
    notebook(folder / "same.ipynb", "1 + 1", "2")
    notebook(folder / "other.ipynb", "1 + 1", "3")
    notebook(folder / "never.ipynb", "1 + 1", None, executed=False)
    notebook(folder / "connects.ipynb", CONNECTS, "True")
    solutions = folder / "solutions"
    solutions.mkdir()
    for name, students in (("handed_out", "1 + 1"), ("fails", "1 / 0")):
        notebook(solutions / f"{name}.ipynb", "1 + 1", "2")
        notebook(folder / f"{name}.ipynb", students, None, executed=False)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXPERIMENT_PREFIX", "ada-")  # the class's own, which is not used
        return run_pytest(folder).stdout


def test_outputs_are_compared_and_cells_that_never_ran_are_refused(said: str) -> None:
    assert "2 failed, 5 passed, 1 error" in said
    assert re.search(r"In \[1\] of \S+other.ipynb: Cell outputs differ\n\n1 \+ 1\n", said)
    assert "other.ipynb, and read what changed." in said
    assert "This cell of never.ipynb was never executed" in said


def test_a_students_copy_runs_as_it_is_handed_out_and_must_not_fail(said: str) -> None:
    assert re.search(r"handed_out.ipynb: 1 cells passed", said)
    assert re.search(r"In \[1\] of \S+fails.ipynb: Cell execution caused an exception", said)


def test_what_ran_is_said_in_notebooks(said: str) -> None:
    assert re.search(r"same.ipynb: 1 cells passed, \d+.\d s", said)
    assert re.search(r"other.ipynb: 1 of 1 cells failed, ", said)
    assert re.search(r"never.ipynb: 1 of 1 cells failed, ", said)


def test_a_server_in_use_is_named_and_left_without_an_active_experiment(said: str) -> None:
    assert re.search(
        rf"tracking server: named, MLflow 3\S+, {os.environ['MLFLOW_TRACKING_URI']}", said
    )
    (made,) = MlflowClient().search_experiments(
        view_type=ViewType.ALL, filter_string=f"name LIKE '%{TITLE}'"
    )
    assert made.name.startswith("nbval-")
    assert made.lifecycle_stage == "deleted"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("localhost:8091", "nor an address such as http://localhost:8080."),
        ("embeded", "is neither container nor embedded nor an address"),
        ("https://localhost:9", "Does the server speak https, and at that port?"),
        ("http://localhost:9", "Nothing answers at http://localhost:9."),
    ],
)
def test_an_address_that_is_wrong_is_a_sentence(
    address: str, sentence: str, tmp_path: Path
) -> None:
    done = run_pytest(tmp_path, f"--tracking-server={address}")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"--tracking-server={address}: " in done.stderr
    assert sentence in done.stderr


def test_what_a_killed_check_left_is_removed_by_the_next(tmp_path: Path) -> None:
    client = MlflowClient()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    name = f"nbval-{platform.node()}-{ended.pid}-{uuid.uuid4().hex[:8]}-No Child Runs"
    left = client.create_experiment(name)
    ours = client.create_experiment(f"{own_prefix()}at work")
    notebook(tmp_path / "same.ipynb", "1 + 1", "2")
    assert "passed" in run_pytest(tmp_path).stdout
    assert client.get_experiment(left).lifecycle_stage == "deleted"
    assert client.get_experiment(ours).lifecycle_stage == "active"


KILL = "import psutil\nfor pid in {}: psutil.Process(pid).kill()"
FAIL = [(f"raise ValueError({number})", None) for number in range(30)]  # a traceback each
WAIT = "import mlflow\nmlflow.set_experiment('left')"


def check_while_the_server_stops(
    folder: Path, cells: list[tuple[str, str | None]], *options: str
) -> subprocess.CompletedProcess[str]:
    """Check a notebook whose first cell kills the server."""
    with temporary_server() as server:
        kill = KILL.format([process.pid for process in server.processes()])
        notebook_of(folder / "a.ipynb", [(kill, None), *cells])
        return run_pytest(folder, f"--tracking-server={server.url}", *options)


def assert_that_it_ends_with_the_sentence(done: subprocess.CompletedProcess[str]) -> None:
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("The tracking server stopped in the middle of the check.")
    assert len(lines) <= 30
    assert "KeyboardInterrupt" not in done.stdout
    assert "Traceback" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_server_that_stops_ends_the_check_with_a_sentence(
    workers: tuple[str, ...], tmp_path: Path
) -> None:
    done = check_while_the_server_stops(tmp_path, [*FAIL, (WAIT, None), ("1 + 1", "2")], *workers)
    assert_that_it_ends_with_the_sentence(done)
    assert done.returncode == pytest.ExitCode.INTERRUPTED


def test_a_server_that_stops_at_the_very_end_is_noticed(tmp_path: Path) -> None:
    done = check_while_the_server_stops(tmp_path, FAIL)
    assert_that_it_ends_with_the_sentence(done)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED


def test_what_a_machine_lacks_is_a_skip_or_with_require_all_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(
        "import pytest\ndef test_it():\n    pytest.skip('no engine runs here')\n"
    )
    for required, outcome in (("", "1 skipped"), ("1", "1 failed")):
        done = run_pytest(tmp_path, REQUIRE_ALL=required)
        assert outcome in done.stdout
        assert "no engine runs here" in done.stdout


def test_what_is_no_part_of_the_repository_is_a_skip_with_require_all_as_well(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_example.py").write_text(
        "import pytest\n@pytest.mark.elsewhere\ndef test_it():\n    pytest.skip('no such page')\n"
    )
    done = run_pytest(tmp_path, REQUIRE_ALL="1")
    assert "1 skipped" in done.stdout
    assert "no such page" in done.stdout


def test_what_is_of_authors_is_left_out_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    for name in ("test_tasks.py", "test_example.py"):
        (folder / name).write_text("def test_it():\n    pass\n")
    for required, named, outcome in (
        ("", folder, "1 passed"),
        ("1", folder, "2 passed"),
        ("", folder / "test_tasks.py", "1 passed"),
    ):
        done = run_pytest(named, REQUIRE_ALL=required)
        assert outcome in done.stdout
        assert ("REQUIRE_ALL=1 make test runs" in done.stdout) == (not required and named == folder)


@pytest.fixture
def no_image(tmp_path: Path) -> str:
    """A COMPOSE_FILE by which the server's image is one that no registry has."""
    if not engine_runs():
        pytest.skip("no container engine runs on this machine")
    override = tmp_path / "override.yml"
    override.write_text("services: {mlflow: {image: 'registry.invalid/mlflow:none'}}")
    return os.pathsep.join(["docker-compose.yml", str(override)])


def test_without_its_image_the_embedded_server_is_used_and_that_is_said(
    no_image: str, tmp_path: Path
) -> None:
    connects = notebook(tmp_path / "connects.ipynb", CONNECTS, "True")
    wanted = ("tests/test_class_recipe.py", connects, "--tracking-server=auto")
    done = run_pytest(*wanted, COMPOSE_FILE=no_image)
    assert done.returncode == 0, done
    assert "1 passed, 5 skipped" in done.stdout
    assert "tracking server: embedded" in done.stdout
    said = "NO CONTAINER: its image registry.invalid/mlflow:none is not on this machine"
    before, _, after = done.stdout.partition("test_class_recipe.py")
    assert said in before
    assert said in after
    reason = "needs an image that is not here: docker pull registry.invalid/mlflow:none"
    assert re.search(rf"SKIPPED \[\d\] tests/test_class_recipe\S+ {reason}", after)


@pytest.mark.parametrize(
    ("required", "named"), [("1", "auto"), ("", "container")], ids=["all", "container"]
)
def test_without_its_image_a_container_that_is_required_is_a_failure(
    no_image: str, tmp_path: Path, required: str, named: str
) -> None:
    wanted = (tmp_path, f"--tracking-server={named}")
    done = run_pytest(*wanted, COMPOSE_FILE=no_image, REQUIRE_ALL=required)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "docker compose up --detach failed." in done.stderr
    assert "--tracking-server=embedded does without a container." in done.stderr
