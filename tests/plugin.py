"""The tracking server that all tests and notebooks use, and the rules for notebooks under nbval.

A plugin that pyproject.toml names, and no conftest.py: so `pytest notebooks/01_flat_runs.ipynb`
finds it as well, though it lies below tests/.
"""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version

import pytest
from nbval.plugin import IPyNbCell

from helpers.configured_server import probe
from helpers.server import ServerError
from tests.precheck import (
    HOMES,
    AddressError,
    ServerWatch,
    own_prefix,
    probed,
    remove_experiments,
)
from tools.containers import EngineError, compose, engine_runs, missing_image
from tools.lesson_list import ROOT
from tools.temporary_server import free_url, temporary_server

GONE = "The tracking server that the tests use is gone."
REQUIRE_ALL = bool(os.environ.get("REQUIRE_ALL"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tracking-server",
        default="auto",
        metavar="container|embedded|URL",
        help="the tracking server; by default a container if an engine runs, else embedded",
    )


def pytest_configure(config: pytest.Config) -> None:
    # An xdist worker inherits what its controller set up.
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        with in_a_sentence():
            config.pluginmanager.register(TrackingServer(config))


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """End pytest with a sentence and no traceback if the server cannot start or has stopped."""
    try:
        yield
    except EngineError as error:
        raise pytest.UsageError(
            f"{error}\n--tracking-server=embedded does without a container."
        ) from error
    except ServerError as error:
        raise pytest.UsageError(str(error)) from error
    except ConnectionError as error:
        raise pytest.UsageError(f"{GONE} {error} Start it, then run the tests again.") from error


def container_remover(project: str) -> Callable[[], None]:
    """Start a process that removes a container as soon as this process has ended, even if killed.

    Args:
        project: the name of its compose project.

    Returns:
        A function that removes the container at once.
    """
    program = """
import sys
from tools.containers import throw_away
sys.stdin.read()  # until the other process has ended
throw_away(sys.argv[1])
"""
    remover = subprocess.Popen(
        [sys.executable, "-c", program, project],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C, or the end of the terminal, is not for it
    )

    def remove() -> None:
        _, stderr = remover.communicate()
        if remover.returncode:
            raise EngineError(f"The tests' container could not be removed.\n{stderr}")

    return remove


class TrackingServer:
    """The tracking server of the tests: a temporary one, or the one that the command line names."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.no_container = ""  # a sentence, if its image is missing
        wanted = config.option.tracking_server
        if wanted == "auto":
            wanted = "container" if engine_runs() else "embedded"
        # A shell's background process ignores Ctrl-C, and so do its children. Tests send Ctrl-C.
        # The other signals that end a program, such as a closed terminal's, end it as Ctrl-C does.
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
            if number := getattr(signal, name, None):  # Windows has two of them
                signal.signal(number, signal.default_int_handler)
        # Several kernels share the processors: a thread that spins while waiting slows others down.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        homes = {"container": self.start_container, "embedded": self.start_embedded}
        self.home, self.url = homes.get(wanted, self.use_named)()
        os.environ["MLFLOW_TRACKING_URI"] = self.url
        # Keeps the notebooks under test apart from a class that uses the same server.
        os.environ["EXPERIMENT_PREFIX"] = prefix = own_prefix()
        os.environ["COURSE_PROGRESS"] = "off"
        # Give up on a server that has stopped after ten seconds, not after minutes.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
        self.watch = ServerWatch(self.url)
        config.pluginmanager.register(self.watch)
        if wanted not in HOMES:  # else the server itself is thrown away
            remove_experiments(prefix)
            config.add_cleanup(lambda: self.watch.stopped or self.remove_experiments(prefix))

    def start_container(self) -> tuple[str, str]:
        """Start the container, which becomes ready while the tests are collected.

        If its image is missing, start the embedded server, unless the user asked for the container.
        """
        self.project, url = f"course-test-{uuid.uuid4().hex[:8]}", free_url()
        self.config.add_cleanup(container_remover(self.project))
        try:
            compose(self.project, "up", "--detach", url=url)
        except EngineError as error:
            image = missing_image()
            if not image or REQUIRE_ALL or self.config.option.tracking_server != "auto":
                raise
            self.no_container = (
                f"NO CONTAINER: its image {image} is not on this machine and cannot be fetched "
                f"({str(error).strip().splitlines()[-1]}). The embedded tracking server is used in "
                "its place, and tests that need the container are skipped; with REQUIRE_ALL=1 this "
                "is a failure."
            )
            return self.start_embedded()
        return "container", url

    def start_embedded(self) -> tuple[str, str]:
        """Start an embedded server; remove it and its folder at the end."""
        self.config.add_cleanup((stack := ExitStack()).close)
        url = stack.enter_context(temporary_server()).url
        return f"embedded, MLflow {probe(url)}", url

    def use_named(self) -> tuple[str, str]:
        """Make sure that the server on the command line answers."""
        url = self.config.option.tracking_server
        try:
            server_version = probed(url)
        except AddressError as error:
            raise pytest.UsageError(f"--tracking-server={url}: {error}") from None
        client_version = version("mlflow")
        note = f" (this client has {client_version}: outputs may differ)"
        note = "" if server_version == client_version else note
        return f"named, MLflow {server_version}{note}", url.rstrip("/")

    def remove_experiments(self, prefix: str) -> None:
        """Delete the tests' experiments from a server on the command line, if it still answers."""
        try:
            remove_experiments(prefix)
        except ConnectionError as error:
            self.say(f"{GONE} {error}")

    def say(self, sentence: str) -> None:
        if sentence:
            self.config.get_terminal_writer().line(sentence, red=True, bold=True)

    def pytest_report_header(self) -> str:
        return f"tracking server: {self.home}, {self.url}"

    def pytest_sessionstart(self) -> None:
        """Print before the first test that there is no container, even with `-q`."""
        self.say(self.no_container)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Wait for the container, which has been starting while the tests were collected."""
        if self.home == "container":
            with in_a_sentence():
                compose(self.project, "up", "--detach", "--wait", url=self.url)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """If the server has stopped, print none of the errors that come from it."""
        if self.watch.stopped:
            self.config.option.no_summary = True

    def pytest_terminal_summary(self) -> None:
        """Print once more that there is no container, unless no result counts."""
        self.say("" if self.watch.stopped else self.no_container)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Print at the very end that the server has stopped."""
        self.say(self.watch.stopped)


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
    """With REQUIRE_ALL=1, what a machine lacks is a failure and not a skip."""
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome, report.longrepr = "failed", f"REQUIRE_ALL=1, but: {call.excinfo.value}"
    return report
