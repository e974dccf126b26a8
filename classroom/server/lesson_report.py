"""What pytest says of notebooks: a line for each, and a failed cell as the notebook numbers it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, NbCellError


class LessonReport:
    """Says of each notebook, once its last cell has run, how long it took and how it went."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Print no dot for a cell that passed."""
        if ".ipynb::" in report.nodeid and report.passed:
            return ("passed" if report.when == "call" else "", "", "")
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a cell; after a notebook's last one, print its line."""
        known = dict(report.user_properties)
        if "notebook" not in known:
            return
        name, cells = str(known["notebook"]), int(str(known["cells"]))
        self.seconds[name] += report.duration
        if report.when == "call" or report.failed:
            self.outcomes[name][report.outcome] += 1
        if report.when == "teardown" and self.outcomes[name].total() >= cells:
            self._print(name, cells)

    def _print(self, name: str, cells: int) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        assert terminal
        failed = self.outcomes[name]["failed"]
        verdict = f"{failed} of {cells} cells failed" if failed else f"{cells} cells passed"
        terminal.ensure_newline()
        terminal.write_line(
            f"{name}: {verdict}, {self.seconds[name]:.1f} s", red=bool(failed), green=not failed
        )


def pytest_configure(config: pytest.Config) -> None:
    """Say it once: the workers of xdist only send their reports."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LessonReport(config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name a failed cell as its notebook does, with the command that renews a stored output."""
    report = yield
    if not isinstance(item, IPyNbCell):
        return report
    name = _named(item.path, item.config.rootpath)
    cells = sum(other.parent is item.parent for other in item.session.items)
    report.user_properties += [("notebook", name), ("cells", cells)]
    if report.failed and call.excinfo is not None:
        error = call.excinfo.value
        what = str(error) if isinstance(error, NbCellError) else "it failed"
        said = getattr(error, "inner_traceback", None) or report.longreprtext
        number = item.cell.execution_count or item.cell_num + 1
        report.longrepr = f"In [{number}] of {name}: {what}\n\n{item.cell.source}\n\n{said}"
        command = f"Run: make notebooks NOTEBOOKS={name}, and read what changed."
        report.sections.append(("If the cell is right, and its stored output is not", command))
    return report


def _named(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
