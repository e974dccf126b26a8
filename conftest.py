"""The tracking server that all tests and notebooks use, and the rules for notebooks under nbval.

Here and not in tests/, so that `pytest notebooks/01_flat_runs.ipynb` finds it as well.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell

from helpers import server
from helpers.server import free_url

ROOT = Path(__file__).parent
HOME = pytest.StashKey[str]()
READY = pytest.StashKey[Callable[[], None]]()
REQUIRE_ALL = bool(os.environ.get("REQUIRE_ALL"))
LONGEST = (
    "test_answers.py",
    "test_grading.py",
    "test_browser.py",
    "test_crash.py",
    "test_challenge.py",
    "test_nbgrader.py",
    "test_server.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tracking-server",
        default="auto",
        metavar="container|embedded|URL",
        help="what the tests log to; by default a container where an engine runs, else embedded",
    )


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly:
        return  # an xdist worker inherits what its controller set up
    wanted = config.option.tracking_server
    if wanted == "auto":
        wanted = "container" if engine_runs() else "embedded"
    if wanted == "container":
        home = "container"
        project, url = f"course-test-{uuid.uuid4().hex[:8]}", free_url()
        config.add_cleanup(lambda: throw_away(project))
        compose(project, "up", "--detach", url=url)
        config.stash[READY] = lambda: compose(project, "up", "--detach", "--wait", url=url)
    elif wanted == "embedded":
        config.add_cleanup((stack := ExitStack()).close)
        url = stack.enter_context(server.EmbeddedServer.temporary()).url
        home = f"embedded, MLflow {server.probe(url)}"
    else:
        url = wanted
        try:
            home = f"{wanted}, MLflow {server.probe(url)}"
        except ConnectionError as error:
            raise pytest.UsageError(f"--tracking-server={wanted}: {error}") from None
    config.stash[HOME] = f"{home}, {url}"
    os.environ["MLFLOW_TRACKING_URI"] = url
    if "EXPERIMENT_PREFIX" not in os.environ:
        # Notebooks under test stay apart from the class that may use the same server.
        os.environ["EXPERIMENT_PREFIX"] = prefix = f"nbval-{uuid.uuid4().hex[:8]}-"
        if url == wanted:  # else the server itself is thrown away
            config.add_cleanup(lambda: delete_experiments(prefix))


def pytest_report_header(config: pytest.Config) -> str:
    return f"tracking server: {config.stash.get(HOME, 'none')}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Wait for the container, which has been starting while the tests were collected."""
    if READY in session.config.stash:
        session.config.stash[READY]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers, begin with the files that take longest: none is left at the end."""
    if hasattr(config, "workerinput"):
        ranks = {name: rank for rank, name in enumerate(LONGEST)}
        items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a code cell that was never executed: nbval would compare nothing, and pass it."""
    if isinstance(item, IPyNbCell) and item.cell.source.strip() and not item.cell.execution_count:
        pytest.fail(
            f"This cell of {item.path.name} was never executed, so there is no output to compare. "
            "Run: make notebooks",
            pytrace=False,
        )


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """With REQUIRE_ALL=1, what a machine lacks is a failure and not a skip."""
    if (
        REQUIRE_ALL
        and call.excinfo is not None
        and call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        try:
            pytest.fail(f"REQUIRE_ALL=1, but: {call.excinfo.value}", pytrace=False)
        except pytest.fail.Exception:
            call.excinfo = pytest.ExceptionInfo.from_current()


def engine_runs() -> bool:
    """Tell whether a container engine with compose answers."""
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "info"], capture_output=True, check=False)
    has_compose = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0 and has_compose.returncode == 0


def compose(project: str, *arguments: str, url: str = "") -> None:
    """Run `docker compose` on the project's file as it is, under a project name of its own."""
    port = {"MLFLOW_PORT": url.rsplit(":", 1)[-1]} if url else {}
    done = subprocess.run(
        ["docker", "compose", "--project-name", project, *arguments],
        cwd=ROOT,
        env={**os.environ, **port},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise pytest.UsageError(
            f"docker compose {' '.join(arguments)} failed; --tracking-server=embedded does "
            f"without it.\n{done.stderr}"
        )


def throw_away(project: str) -> None:
    """End what runs under a project name, with its data, and without waiting."""
    compose(project, "down", "--volumes", "--timeout", "0")


def delete_experiments(prefix: str) -> None:
    """Leave no active experiment behind whose name begins with `prefix`."""
    import mlflow

    client = mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    for experiment in client.search_experiments(filter_string=f"name LIKE '{prefix}%'"):
        client.delete_experiment(experiment.experiment_id)
