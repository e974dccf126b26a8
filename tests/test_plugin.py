"""The rules that tests/plugin.py sets, each broken by a small example of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import nbformat
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from helpers.server import free_url

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
    cell = nbformat.v4.new_code_cell(source)
    if executed:
        cell.execution_count = 1
    if output is not None:
        data = {"text/plain": output}
        cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


TITLE = f"left {uuid.uuid4().hex}"
CONNECTS = f"from helpers import connect\nconnect({TITLE!r}).name.endswith({TITLE!r})"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says about four notebooks of one cell, on a server in use."""
    folder = tmp_path_factory.mktemp("notebooks")
    notebook(folder / "same.ipynb", "1 + 1", "2")
    notebook(folder / "other.ipynb", "1 + 1", "3")
    notebook(folder / "never.ipynb", "1 + 1", None, executed=False)
    notebook(folder / "connects.ipynb", CONNECTS, "True")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("EXPERIMENT_PREFIX")
        return run_pytest(folder).stdout


def test_outputs_are_compared_and_cells_that_never_ran_are_refused(said: str) -> None:
    assert "1 failed, 2 passed, 1 error" in said
    assert "Cell outputs differ" in said
    assert "other.ipynb, and read what changed." in said
    assert "This cell of never.ipynb was never executed" in said


def test_a_server_in_use_is_named_and_left_without_an_active_experiment(said: str) -> None:
    assert f"tracking server: {os.environ['MLFLOW_TRACKING_URI']}, MLflow 3." in said
    (made,) = MlflowClient().search_experiments(
        view_type=ViewType.ALL, filter_string=f"name LIKE '%{TITLE}'"
    )
    assert made.name.startswith("nbval-")
    assert made.lifecycle_stage == "deleted"


def test_a_server_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    url = free_url()
    done = run_pytest(tmp_path, f"--tracking-server={url}")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"--tracking-server={url}: Nothing answers at {url}." in done.stderr


def test_what_a_machine_lacks_is_a_skip_or_with_require_all_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(
        "import pytest\ndef test_it():\n    pytest.skip('no engine runs here')\n"
    )
    for required, outcome in (("", "1 skipped"), ("1", "1 failed")):
        done = run_pytest(tmp_path, REQUIRE_ALL=required)
        assert outcome in done.stdout
        assert "no engine runs here" in done.stdout
