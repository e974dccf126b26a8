"""What pytest says of notebooks: a line for each, and a failed cell as the notebook numbers it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator

import pytest
from nbval.plugin import IPyNbCell, NbCellError


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of each notebook how it went, and how long it took."""
    seconds, cells, failed = Counter[str](), Counter[str](), Counter[str]()
    for kind in ("", "passed", "failed", "error"):  # the first has what comes before and after
        for report in terminalreporter.stats.get(kind, []):
            name, _, cell = report.nodeid.partition("::")
            if cell and name.endswith(".ipynb"):
                seconds[name] += report.duration
                cells[name] += kind != ""
                failed[name] += kind in ("failed", "error")
    for name, bad in failed.items():
        verdict = f"{bad} of {cells[name]} cells failed" if bad else f"{cells[name]} cells passed"
        line = f"{name}: {verdict}, {seconds[name]:.1f} s"
        terminalreporter.write_line(line, red=bool(bad), green=not bad)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name a failed cell as its notebook does, with the command that renews a stored output."""
    report = yield
    if isinstance(item, IPyNbCell) and report.failed and call.excinfo is not None:
        error, name = call.excinfo.value, item.nodeid.partition("::")[0]
        what = str(error) if isinstance(error, NbCellError) else "it failed"
        traceback = getattr(error, "inner_traceback", None) or report.longreprtext
        number = item.cell.execution_count or item.cell_num + 1
        report.longrepr = f"In [{number}] of {name}: {what}\n\n{item.cell.source}\n\n{traceback}"
        command = f"Run: make notebooks NOTEBOOKS={name}, and read what changed."
        report.sections.append(("If the cell is right, and its stored output is not", command))
    return report
