"""The tracking server that all tests and notebooks use, and the rules for notebooks under nbval.

A plugin that pyproject.toml names, and no conftest.py: so `pytest notebooks/01_flat_runs.ipynb`
finds it as well, though it lies below tests/.
"""

from __future__ import annotations

import os
import re
import signal
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from typing import Any

import pytest
from nbval.plugin import IPyNbCell
from xdist.scheduler import LoadFileScheduling

from classroom.server.precheck import (
    HOMES,
    AddressError,
    ServerWatch,
    own_prefix,
    probed,
    remove_experiments,
)
from helpers import server
from tools.containers import EngineError, compose, engine_runs, missing_image, throw_away
from tools.servers import free_url, temporary_server

HOME = pytest.StashKey[str]()
NO_IMAGE = pytest.StashKey[str]()
WATCH = pytest.StashKey[ServerWatch]()
READY = pytest.StashKey[Callable[[], None]]()
REQUIRE_ALL = bool(os.environ.get("REQUIRE_ALL"))
# With several workers, what needs containers and browsers begins first: none is left at the end.
FIRST = ("machine", "server", "solutions")


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
    config.add_cleanup(lambda: say_that_the_server_stopped(config))  # the first one comes last
    wanted = config.option.tracking_server
    if wanted == "auto":
        wanted = "container" if engine_runs() else "embedded"
    # What a shell starts with `&` ignores Ctrl-C, as does all that it starts. Tests send Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Several kernels share the processors: threads that wait by spinning cost more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    homes = {"container": start_container, "embedded": start_embedded}
    home, url = homes.get(wanted, use_server)(config)
    config.stash[HOME] = f"{home}, {url}"
    os.environ["MLFLOW_TRACKING_URI"] = url
    # Notebooks under test stay apart from the class that may use the same server, whatever prefix
    # the class has.
    os.environ["EXPERIMENT_PREFIX"] = prefix = own_prefix()
    os.environ["COURSE_PROGRESS"] = "off"
    config.stash[WATCH] = watch = ServerWatch(url)
    config.pluginmanager.register(watch)
    # What asks a server that has stopped gives up after some ten seconds, not after minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    if wanted not in HOMES:  # else the server itself is thrown away
        remove_experiments(prefix)
        config.add_cleanup(lambda: watch.gone or remove_experiments(prefix))


def start_container(config: pytest.Config) -> tuple[str, str]:
    """Start the container, which gets ready while the tests are collected.

    Where its image cannot be had, start the embedded server, unless the container is asked for.
    """
    project, url = f"course-test-{uuid.uuid4().hex[:8]}", free_url()

    def up(*options: str) -> None:
        with in_a_sentence():
            compose(project, "up", "--detach", *options, url=url)

    config.add_cleanup(lambda: throw_away(project))
    try:
        up()
    except pytest.UsageError as error:
        with in_a_sentence():
            image = missing_image()
        if not image or REQUIRE_ALL or config.option.tracking_server != "auto":
            raise
        why = str(error.__cause__).strip().splitlines()[-1]
        config.stash[NO_IMAGE] = (
            f"NO CONTAINER: its image {image} is not on this machine and cannot be fetched "
            f"({why}). The embedded tracking server is used in its place, and tests that need the "
            "container are skipped; with REQUIRE_ALL=1 this is a failure."
        )
        return start_embedded(config)
    config.stash[READY] = lambda: up("--wait")
    return "container", url


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Let pytest end with what the engine said, and no traceback, if it fails."""
    try:
        yield
    except EngineError as error:
        raise pytest.UsageError(
            f"{error}\n--tracking-server=embedded does without a container."
        ) from error


def start_embedded(config: pytest.Config) -> tuple[str, str]:
    """Start an embedded server that is gone at the end, with its folder."""
    config.add_cleanup((stack := ExitStack()).close)
    url = stack.enter_context(temporary_server()).url
    return f"embedded, MLflow {server.probe(url)}", url


def use_server(config: pytest.Config) -> tuple[str, str]:
    """Make sure that the server that was named answers."""
    url = config.option.tracking_server
    try:
        theirs = probed(url)
    except AddressError as error:
        raise pytest.UsageError(f"--tracking-server={url}: {error}") from None
    ours = version("mlflow")
    other = "" if theirs == ours else f" (this client has {ours}: outputs may differ)"
    return f"named, MLflow {theirs}{other}", url.rstrip("/")


def pytest_report_header(config: pytest.Config) -> str:
    return f"tracking server: {config.stash.get(HOME, 'none')}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say before the first test if there is no container, also with `-q`."""
    say_no_container(session.config)


def say_no_container(config: pytest.Config) -> None:
    if NO_IMAGE in config.stash:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        assert reporter
        reporter.write_line(config.stash[NO_IMAGE], red=True, bold=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Wait for the container, which has been starting while the tests were collected."""
    if READY in session.config.stash:
        session.config.stash[READY]()
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """If the server has stopped, print none of the errors that come from it."""
    if WATCH in session.config.stash and session.config.stash[WATCH].gone:
        session.config.option.no_summary = True


def say_that_the_server_stopped(config: pytest.Config) -> None:
    if WATCH in config.stash and config.stash[WATCH].gone:
        config.get_terminal_writer().line(config.stash[WATCH].gone, red=True)


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Say once more if there is no container, unless nothing counts."""
    if not (WATCH in config.stash and config.stash[WATCH].gone):
        say_no_container(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers, begin with the folders that take longest."""
    if hasattr(config, "workerinput"):
        ranks = {name: rank for rank, name in enumerate(FIRST)}
        items.sort(key=lambda item: ranks.get(item.path.parent.name, len(ranks)))


class ByFile(LoadFileScheduling):
    """Gives each worker a file at a time; the answers, hundreds in one file, go by exercise.

    Both files about the shared server go together: one start of it is for all.
    """

    def _split_scope(self, nodeid: str) -> str:
        if "test_shared_server" in nodeid:
            return "the shared server"
        exercise = re.match(r".*test_answers.py::\w+\[\w+", nodeid)
        return exercise[0] if exercise else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Take that in place of xdist's own `--dist loadfile`."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(tryfirst=True)  # before a notebook's kernel starts, with this environment
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a students' copy run as it is handed out: only a solved notebook has outputs to compare.

    Fail any other code cell that was never executed: nbval would compare nothing, and pass it.
    """
    if not isinstance(item, IPyNbCell):
        return
    # A test before it may have made an experiment the active one.
    for name in ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"):
        os.environ.pop(name, None)
    if (item.path.parent / "solutions" / item.path.name).exists():
        item.options["check"] = False
    elif item.cell.source.strip() and not item.cell.execution_count:
        pytest.fail(
            f"This cell of {item.path.name} was never executed, so there is no output to compare. "
            "Run: make notebooks",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_ALL=1, what a machine lacks is a failure and not a skip.

    What nobody can install, as it is no part of this repository (`elsewhere`), stays a skip.
    """
    skipped = call.excinfo and call.excinfo.errisinstance(pytest.skip.Exception)
    if REQUIRE_ALL and skipped and not item.get_closest_marker("elsewhere"):
        try:
            pytest.fail(f"REQUIRE_ALL=1, but: {call.excinfo.value}", pytrace=False)
        except pytest.fail.Exception:
            call.excinfo = pytest.ExceptionInfo.from_current()
    return (yield)
