"""helpers.remedies: what a notebook shows of a stopped cell and of a missing name."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.manager import start_new_kernel

from helpers.remedies import MISSING, STOPPED
from tests.submissions import NOTEBOOKS
from tools.servers import free_url

CONNECTED = "import helpers; helpers.connect('stopped')"
WAITS = {  # the cell before it, the one that is stopped, and one that works afterwards
    "a check": (
        CONNECTED,
        "import time; from exercises.nest import check; check(lambda *_: time.sleep(60))",
        "assert check(print)",
    ),
    "a tuning": (
        CONNECTED,
        "for number in range(1000): helpers.execute_tuning(number)",
        "helpers.execute_tuning(0)",
    ),
    "the wait for a server": (
        "import tempfile; from helpers.server import EmbeddedServer; "
        f"server = EmbeddedServer(tempfile.mkdtemp(), {free_url()!r})",
        "server.start()",
        "assert server.stop()",  # it goes on starting, and the next wait would have found it
    ),
}


@dataclass(frozen=True)
class Kernel:
    """A kernel as the lessons have it."""

    manager: KernelManager
    client: BlockingKernelClient
    shown: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, message: dict[str, Any]) -> None:
        self.shown.append({"kind": message["header"]["msg_type"], **message["content"]})

    def run(self, code: str) -> dict[str, Any]:
        """Run a cell; return what the kernel replies."""
        self.shown.clear()
        hook = self.hear
        return self.client.execute_interactive(code, output_hook=hook, timeout=120)["content"]

    def stop(self, code: str) -> None:
        """Run a cell, press the square button two seconds later, and wait until it has ended."""
        self.shown.clear()
        message = self.client.execute(code)
        ours = (m for m in iter(lambda: self.client.get_iopub_msg(timeout=120), None))
        ours = (m for m in ours if m["parent_header"].get("msg_id") == message)
        for heard in ours:
            self.hear(heard)
            if heard["header"]["msg_type"] == "execute_input":
                time.sleep(2)
                self.manager.interrupt_kernel()
            if heard["content"].get("execution_state") == "idle":
                return

    @property
    def error(self) -> list[str]:
        """What the last cell showed as its error, a text for each paragraph."""
        (shown,) = (one["traceback"] for one in self.shown if one["kind"] == "error")
        return [re.sub(r"\x1b\[[\d;]*m", "", text) for text in shown]


@pytest.fixture
def kernel(tracking_uri: str) -> Iterator[Kernel]:
    manager, client = start_new_kernel(cwd=str(NOTEBOOKS), env=dict(os.environ))
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("what", WAITS)
def test_a_stopped_cell_says_so_in_a_sentence_and_folds_the_traceback(
    kernel: Kernel, what: str
) -> None:
    before, code, after = WAITS[what]
    assert kernel.run(before)["status"] == "ok"
    kernel.stop(code)
    assert kernel.error == [STOPPED]
    (folded,) = (one["data"] for one in kernel.shown if one["kind"] == "display_data")
    assert re.search("<details>.*KeyboardInterrupt", folded["text/html"], re.S)
    assert kernel.run(after)["status"] == "ok"


@pytest.mark.parametrize("before", ["", CONNECTED])
def test_a_missing_name_comes_with_what_to_do(kernel: Kernel, before: str) -> None:
    kernel.run(before)
    reply = kernel.run("report.passed")
    assert (reply["ename"], reply["evalue"]) == ("NameError", "name 'report' is not defined")
    said = "\n".join(kernel.error)
    assert "name 'report' is not defined" in said
    assert MISSING in said


def test_a_variable_of_a_function_is_no_missing_name(kernel: Kernel) -> None:
    kernel.run("def late():\n    print(x)\n    x = 1\n\n\nlate()")
    assert "UnboundLocalError" in "\n".join(kernel.error)
    assert MISSING not in "\n".join(kernel.error)
