"""Show runs as a tree: HTML that a reader can expand, and text for a terminal.

The HTML needs no JavaScript and no style sheet. The tree contains neither run IDs nor times, so the
same sweep, logged again, gives the same tree.
"""

import html
import math
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from mlflow.entities import Run

from helpers.read_runs import PARENT_TAG, all_runs, find_run

SYMBOLS = {"FINISHED": "✓", "FAILED": "✗ FAILED", "KILLED": "■ KILLED", "RUNNING": "… RUNNING"}
TOP_STYLE = "list-style: none; margin: 0; padding: 0"
LIST_STYLE = "list-style: none; margin: 0 0 0 0.4em; padding: 0 0 0 1em; border-left: 1px solid"
BAR_STYLE = "display: inline-block; height: 0.7em; background: #3d86c6"  # on white and on black


def show_tree(
    runs: str | Run | Iterable[str | Run], metric: str = "metric1", limit: int = 25
) -> "RunTree":
    """Return the tree of a parent run, or of several.

    Each run is shown with its status, name and parameters, and a bar for the metric: the higher the
    value, the longer the bar. A run whose parent is deleted is marked as an orphan. Child runs come
    oldest first; those in another experiment than their parent's are left out.

    Args:
        runs: a run or its run ID, or several of either.
        metric: the metric to show.
        limit: how many runs to show under each parent; the others are counted.

    Raises:
        ServerUnreachable: no working tracking server answers.
        LookupError: there is no such run.
        ValueError: the limit is less than 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be 1 or more; got {limit!r}.")
    named = [runs] if isinstance(runs, str | Run) else list(runs)
    # A `Run` object shows the run as it was when MLflow returned it. So read each run again.
    run_ids = [run.info.run_id if isinstance(run, Run) else run for run in named]
    top = [find_run(run_id) for run_id in run_ids]
    experiment_ids = {run.info.experiment_id for run in top}
    families = _Families(all_runs(sorted(experiment_ids)) if top else [], metric, limit)
    return RunTree([families.branch(run) for run in top])


@dataclass(frozen=True)
class Branch:
    """One line of the tree, with those under it."""

    name: str
    status: str = ""
    note: str = ""  # such as "5 child runs"
    params: str = ""
    metric: str = ""  # such as "metric1=0.250"
    value: float = math.nan  # of the metric
    children: list["Branch"] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, str, str]:
        """The columns of the printed line."""
        symbol, note = SYMBOLS.get(self.status, self.status), f" ({self.note})" if self.note else ""
        return f"{symbol} {self.name}{note}".lstrip(), self.params, self.metric

    def highest(self) -> float:
        """Return the highest finite value in this branch, at least 0."""
        own = self.value if math.isfinite(self.value) else 0.0
        return max([0.0, own, *(child.highest() for child in self.children)])


@dataclass(frozen=True)
class RunTree:
    """Runs with their child runs: HTML in a notebook, plain text in a terminal."""

    top: list[Branch]

    def __repr__(self) -> str:
        lines = [line for branch in self.top for line in self._lines(branch, self.top)]
        return "\n".join(lines) or "There are no runs."

    def _repr_html_(self) -> str:
        if not self.top:
            return f"<p>{self!r}</p>"
        items = "".join(self._item(branch, self.top) for branch in self.top)
        items = items.replace("<details>", "<details open>", 1)
        return f'<ul class="run-tree" style="{TOP_STYLE}">{items}</ul>'

    @cached_property
    def _highest(self) -> float:
        """The value whose bar is full."""
        return max(branch.highest() for branch in self.top)

    def _fraction(self, branch: Branch) -> float:
        """Return how much of its bar a branch fills."""
        return branch.value / self._highest if 0 < branch.value <= self._highest else 0.0

    def _lines(self, branch: Branch, siblings: list[Branch]) -> list[str]:
        """Return the printed lines of a branch; siblings have columns of the same width."""
        widths = [
            max(map(len, column))
            for column in zip(*(sibling.columns for sibling in siblings), strict=True)
        ]
        cells = [text.ljust(width) for text, width in zip(branch.columns, widths, strict=True)]
        lines = ["  ".join([*cells, "█" * round(10 * self._fraction(branch))]).rstrip()]
        for child in branch.children:
            is_last = child is branch.children[-1]
            first, *others = self._lines(child, branch.children)
            lines.append(("└── " if is_last else "├── ") + first)
            lines += [("    " if is_last else "│   ") + line for line in others]
        return lines

    def _item(self, branch: Branch, siblings: list[Branch]) -> str:
        """Return a branch as an HTML list item."""
        symbol = SYMBOLS.get(branch.status, branch.status)
        line = f'<span role="img" aria-label="{branch.status}">{symbol}</span> ' if symbol else ""
        line += _padded(branch.name, max(len(sibling.name) for sibling in siblings))
        if branch.note:
            line += f" &ensp;{branch.note}"
        if branch.params:
            line += " &ensp;" + _padded(
                branch.params, max(len(sibling.params) for sibling in siblings)
            )
        if branch.metric:
            style = f"{BAR_STYLE}; width: {6 * self._fraction(branch):.2f}em"
            line += f' &ensp;{html.escape(branch.metric)} <span style="{style}"></span>'
        if branch.children:
            items = "".join(self._item(child, branch.children) for child in branch.children)
            children = f'<ul style="{LIST_STYLE}">{items}</ul>'
            line = f"<details><summary>{line}</summary>{children}</details>"
        return f"<li>{line}</li>"


def _padded(text: str, letters: int) -> str:
    """Return the HTML of a string, padded to a number of letters."""
    style = f"display: inline-block; min-width: {0.9 * letters:.1f}ch"
    return f'<span style="{style}">{html.escape(text)}</span>'


class _Families:
    """The runs that are not deleted, with the children of each."""

    def __init__(self, runs: list[Run], metric: str, limit: int) -> None:
        self.metric, self.limit = metric, limit
        self.run_ids = {run.info.run_id for run in runs}
        self.children = defaultdict[str | None, list[Run]](list)
        for run in runs:
            self.children[run.data.tags.get(PARENT_TAG)].append(run)

    def branch(self, run: Run, above: frozenset[str] = frozenset()) -> Branch:
        """Return the branch of a run, without the runs that are above it already."""
        above |= {run.info.run_id}
        under = [
            child for child in self.children[run.info.run_id] if child.info.run_id not in above
        ]
        children = [self.branch(child, above) for child in under[: self.limit]]
        if len(under) > self.limit:
            children.append(Branch(f"… and {count(len(under) - self.limit, 'more child run')}"))
        notes = ["deleted"] if run.info.lifecycle_stage == "deleted" else []
        if run.data.tags.get(PARENT_TAG, run.info.run_id) not in {*self.run_ids, run.info.run_id}:
            notes.append("orphan")
        if under:
            notes.append(count(len(under), "child run"))
        params = (f"{name}={value}" for name, value in sorted(run.data.params.items()))
        value = run.data.metrics.get(self.metric, math.nan)
        if abs(value) >= sys.float_info.max:  # MLflow stores it in place of infinity.
            value = math.copysign(math.inf, value)
        number = f"{value:.3f}" if 0.001 <= abs(value) < 10_000 else f"{value:.3g}"
        return Branch(
            name=_plain(run.info.run_name),
            status=run.info.status,
            note=", ".join(notes),
            params=_plain(", ".join(params), 80),
            metric="" if math.isnan(value) else f"{_plain(self.metric)}={number}",
            value=value,
            children=children,
        )


def _plain(text: str, longest: int = 40) -> str:
    """Return a string on one line, without control characters, shortened if it is long."""
    plain = "".join(letter if letter.isprintable() else "�" for letter in text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def count(number: int, kind: str) -> str:
    """Return a number with its noun, in singular or plural.

    >>> count(1, "child run"), count(1000, "child run")
    ('1 child run', '1,000 child runs')
    """
    return f"{number:,} {kind}{'' if number == 1 else 's'}"
