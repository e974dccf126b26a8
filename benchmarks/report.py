"""What a section of the benchmarks reports, and how RESULTS.md shows it."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

import psutil

PACKAGES = "mlflow sqlalchemy gunicorn requests urllib3 jupyterlab nbval optuna optuna-integration"


@dataclass(frozen=True)
class Goal:
    """What was aimed at, what was measured, and why it is not met if it is not."""

    aim: str
    figure: str
    met: bool
    reason: str = ""

    def line(self) -> list[str]:
        return [self.aim, self.figure, "met" if self.met else f"**not met**: {self.reason}"]


Table = tuple[Sequence[str], Sequence[Sequence[str]]]  # head and rows


@dataclass
class Section:
    """A title, how it was measured, tables and goals."""

    title: str
    how: str
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        parts = [f"## {self.title}", self.how]
        parts += [table(head, rows) for head, rows in self.tables]
        parts += [*self.notes]
        return "\n\n".join(parts)


def ratio(values: Sequence[float], others: Sequence[float]) -> float:
    """Return the median ratio of what was measured in turn: what slows a whole turn cancels out.

    >>> ratio([20, 60, 22], [10, 30, 11])
    2.0
    """
    return median(value / other for value, other in zip(values, others, strict=True))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, numbers to the right.

    >>> print(table(["what", "ms"], [["a child", "27.1"]]))
    | what | ms |
    | --- | ---: |
    | a child | 27.1 |
    """
    numbers = [
        all(row[column][:1].isdigit() or row[column] in {"", "–"} for row in rows)
        for column in range(1, len(head))
    ]
    rule = ["---", *("---:" if right else "---" for right in numbers)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])


def write(path: Path, sections: Sequence[Section], command: str, minutes: float) -> None:
    """Write the results: what was measured where, each goal, and each section."""
    goals = [goal.line() for section in sections for goal in section.goals]
    parts = [
        "# Results of the benchmarks",
        f"Written by `{command}` on {datetime.now(UTC):%Y-%m-%d at %H:%M} UTC, in {minutes:.0f} "
        "minutes. Medians; what is compared was measured in turn (A B A B …), each in a process of "
        "its own, on fresh stores. `n` is the number of turns.",
        machine(),
        "## Goals",
        table(["goal", "measured", ""], goals),
        *(section.markdown() for section in sections),
    ]
    path.write_text("\n\n".join(parts) + "\n")


def machine() -> str:
    """Describe the machine and the versions of what was measured."""
    memory = psutil.virtual_memory().total / 2**30
    load = f", load average {os.getloadavg()[0]:.1f} at the end" if os.name == "posix" else ""
    versions = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    for package in [*PACKAGES.split(), "scikit-learn"]:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    return (
        f"Machine: {processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory, "
        f"{platform.system()} {platform.release()}{load}.\n\nVersions: {', '.join(versions)}."
    )


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
