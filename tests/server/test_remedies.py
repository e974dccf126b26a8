"""helpers.remedies: what a notebook shows of a stopped cell and of a missing name."""

from __future__ import annotations

import re
import time
from typing import Any

from jupyter_client.manager import start_new_kernel

from helpers.remedies import MISSING, STOPPED

# The cell that is stopped, a check or a tuning; and one that works afterwards.
WAITS = {
    "import time; from exercises.nest import check; check(lambda *_: time.sleep(60))": (
        "assert check(print)"
    ),
    "for number in range(1000): helpers.execute_tuning(number)": "helpers.execute_tuning(0)",
}


def test_a_missing_name_comes_with_what_to_do_and_a_stopped_cell_says_so_in_a_sentence() -> None:
    manager, kernel = start_new_kernel()

    def run(code: str, stop: bool = False) -> dict[str, Any]:
        """Run a cell, press ■ two seconds later if told to; return what it shows."""
        shown: dict[str, Any] = {}

        def hear(message: dict[str, Any]) -> None:
            shown[message["header"]["msg_type"]] = message["content"]
            if stop and message["header"]["msg_type"] == "execute_input":
                time.sleep(2)
                manager.interrupt_kernel()

        kernel.execute_interactive(code, output_hook=hear, timeout=120)
        traceback = "\n".join(shown.get("error", {}).get("traceback", []))
        return {**shown, "said": re.sub(r"\x1b\[[\d;]*m", "", traceback)}

    try:
        for before in ("", "import helpers; helpers.connect('stopped')"):
            assert not run(before)["said"]
            shown = run("report.passed")
            assert shown["error"]["evalue"] == "name 'report' is not defined"
            assert shown["error"]["evalue"] in shown["said"]
            assert MISSING in shown["said"]
        said = run("def late():\n    print(x)\n    x = 1\n\n\nlate()")["said"]
        assert "UnboundLocalError" in said
        assert MISSING not in said
        for code, after in WAITS.items():
            shown = run(code, stop=True)
            assert shown["said"] == STOPPED
            folded = shown["display_data"]["data"]["text/html"]
            assert re.search("<details>.*KeyboardInterrupt", folded, re.S)
            assert not run(after)["said"]
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
