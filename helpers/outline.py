"""Draw a tree of runs: as HTML that a reader can expand, and as text for a terminal.

The HTML needs no JavaScript and no style sheet.
"""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

_SYMBOLS = {"FINISHED": "✓", "FAILED": "✗ FAILED", "KILLED": "■ KILLED", "RUNNING": "… RUNNING"}
_BAR = 10  # characters
_LIST = "list-style: none; margin: 0 0 0 0.4em; padding: 0 0 0 1em; border-left: 1px solid"
_BAR_STYLE = "display: inline-block; height: 0.7em; background: #3d86c6"  # on white and on black


@dataclass(frozen=True)
class Branch:
    """One run as it is shown, with the runs under it."""

    name: str
    status: str
    note: str  # such as "5 child runs"
    params: str
    metric: str  # such as "metric1=0.250", or empty
    value: float  # of the metric; NaN if the run has none
    children: tuple["Branch", ...]
    left_out: int  # how many more child runs there are

    @property
    def title(self) -> str:
        """The beginning of the run's line: status, name and note."""
        note = f" ({self.note})" if self.note else ""
        return f"{_SYMBOLS.get(self.status, self.status)} {self.name}{note}"

    def values(self) -> Iterator[float]:
        """Generate the metric of this run and of all runs under it."""
        yield self.value
        for child in self.children:
            yield from child.values()


@dataclass(frozen=True)
class RunTree:
    """Runs with their child runs: HTML in a notebook, plain text in a terminal."""

    top: tuple[Branch, ...]
    left_out: int = 0  # how many more runs there are at the top

    def __repr__(self) -> str:
        blocks = self._blocks(self.top, self.left_out, "run")
        return "\n".join(line for block in blocks for line in block) or "There are no runs."

    def _repr_html_(self) -> str:
        if not self.top:
            return f"<p>{self!r}</p>"
        items = self._items(self.top, self.left_out, "run", expanded=1)
        return f'<ul class="run-tree" style="list-style: none; margin: 0; padding: 0">{items}</ul>'

    @cached_property
    def _range(self) -> tuple[float, float]:
        """The values that give an empty bar and a full one."""
        values = [value for one in self.top for value in one.values() if math.isfinite(value)]
        return min([0.0, *values]), max([0.0, *values])

    def _share(self, branch: Branch) -> float:
        """Return the fraction of its bar that a run fills."""
        lowest, highest = self._range
        if not math.isfinite(branch.value) or highest == lowest:
            return 0.0
        return (branch.value - lowest) / (highest - lowest)

    def _blocks(self, branches: Sequence[Branch], left_out: int, kind: str) -> list[list[str]]:
        """Return the printed lines of each run, followed by those of the runs under it."""
        rows = [(one.title, one.params, one.metric) for one in branches]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        blocks = []
        for one, row in zip(branches, rows, strict=True):
            cells = [f"{text:{width}}" for text, width in zip(row, widths, strict=True)]
            line = "  ".join([*cells, "█" * round(_BAR * self._share(one))]).rstrip()
            blocks.append([line, *_indented(self._blocks(one.children, one.left_out, "child run"))])
        return blocks + [[line] for line in rest(left_out, kind)]

    def _items(self, branches: Sequence[Branch], left_out: int, kind: str, expanded: int) -> str:
        """Return the HTML of runs as list items, the first `expanded` of them expanded."""
        names = max((len(one.name) for one in branches), default=0)
        params = max((len(one.params) for one in branches), default=0)
        items = [
            self._item(one, self._line(one, names, params), place < expanded)
            for place, one in enumerate(branches)
        ]
        return "".join(f"<li>{item}</li>" for item in [*items, *rest(left_out, kind)])

    def _item(self, branch: Branch, line: str, is_expanded: bool) -> str:
        if not branch.children:
            return line
        items = self._items(branch.children, branch.left_out, "child run", expanded=0)
        details = "<details open>" if is_expanded else "<details>"
        return f'{details}<summary>{line}</summary><ul style="{_LIST}">{items}</ul></details>'

    def _line(self, branch: Branch, names: int, params: int) -> str:
        """Return the HTML of one run's line, padded to the longest name and parameters."""
        symbol = _SYMBOLS.get(branch.status, branch.status)
        status = f'<span role="img" aria-label="{branch.status}">{symbol}</span>'
        parts = [f"{status} {_wide(branch.name, names)}"]
        parts += [html.escape(branch.note)] if branch.note else []
        parts += [_wide(branch.params, params)] if branch.params else []
        if branch.metric:
            style = f"{_BAR_STYLE}; width: {6 * self._share(branch):.2f}em"
            parts.append(f'{html.escape(branch.metric)} <span style="{style}"></span>')
        return " &ensp;".join(parts)


def _wide(text: str, letters: int) -> str:
    """Return the HTML of a string, padded to a number of letters."""
    style = f"display: inline-block; min-width: {0.9 * letters:.1f}ch"
    return f'<span style="{style}">{html.escape(text)}</span>'


def rest(number: int, kind: str) -> list[str]:
    """Return a list with one line that counts what is left out; empty if nothing is."""
    return [f"… and {count(number, f'more {kind}')}"] if number > 0 else []


def count(number: int, kind: str) -> str:
    """Return a number with its noun, in singular or plural.

    >>> count(1, "child run"), count(1000, "child run")
    ('1 child run', '1,000 child runs')
    """
    return f"{number:,} {kind}{'' if number == 1 else 's'}"


def _indented(blocks: Sequence[Sequence[str]]) -> Iterator[str]:
    """Generate the lines of the runs under a run, with the tree's branches drawn in front."""
    for place, (first, *others) in enumerate(blocks, start=1):
        is_last = place == len(blocks)
        yield ("└── " if is_last else "├── ") + first
        yield from (("    " if is_last else "│   ") + line for line in others)
