"""Show the verdict on an answer as a checklist, in a notebook and in plain text."""

from __future__ import annotations

from dataclasses import dataclass

from exercises.engine.judging import Result
from exercises.engine.text import code
from helpers.links import Link, run_link

POINTS = 10
_LOOKS = {  # of each state: symbol, words, colour
    "solved": ("✓", "SOLVED", "#009E73"),
    "wrong": ("✗", "NOT RIGHT YET", "#D55E00"),
    "unsolved": ("○", "NOT SOLVED YET", "#7F7F7F"),
}
_SYMBOLS = {True: "✓", False: "✗", None: "○"}


class Points(int):
    """Points, which nbgrader reads below the check's cell; JupyterLab shows nothing there."""

    def _repr_html_(self) -> str:
        return "<!-- the points -->"


@dataclass(frozen=True)
class Report:
    """What a check found; shows itself as a checklist."""

    results: tuple[Result, ...]
    begin: str = ""  # what to do, if nothing of the task is there yet

    @property
    def passed(self) -> bool:
        """Whether every requirement is met."""
        return not self.begin and all(result.met for result in self.results)

    @property
    def state(self) -> str:
        """`solved`, `wrong`, or `unsolved`: nothing of the task is there yet."""
        return "unsolved" if self.begin else "solved" if self.passed else "wrong"

    @property
    def met(self) -> int:
        """How many requirements are met."""
        return sum(result.met is True for result in self.results) if not self.begin else 0

    @property
    def points(self) -> Points:
        """The points for nbgrader: all or none."""
        return Points(POINTS if self.passed else 0)

    @property
    def first_unmet(self) -> Result | None:
        """The first requirement that is not met."""
        return next((result for result in self.results if result.met is False), None)

    @property
    def requirement(self) -> str:
        """The title of the first requirement that is not met; empty if all are."""
        return self.first_unmet.title if self.first_unmet else ""

    @property
    def message(self) -> str:
        """The first requirement not met, what was expected, what was found, and where to look."""
        if self.passed:
            return f"All {len(self.results)} requirements are met. `solution()` shows other ways."
        if self.begin or not self.first_unmet:
            return self.begin
        return "\n".join([f"Not met: {self.requirement}", *_details(self.first_unmet)])

    def __repr__(self) -> str:
        lines = [self._headline()]
        for result in self.results:
            lines.append(f"  {self._symbol(result)} {result.title}")
            lines += [f"      {line}" for line in self._shown(result)]
        return "\n".join([*lines, self._end()])

    def _repr_markdown_(self) -> str:
        parts = []
        for result in self.results:
            line = f"{self._symbol(result)} {result.title}"
            details = "  \n> ".join(self._shown(result, markdown=True))
            parts.append(f"**{line}**\n\n> {details}\n" if details else f"{line}  ")
        style = f"border-left: 6px solid {_LOOKS[self.state][2]}; padding-left: 1em"
        body = [f'<div style="{style}">', f"**{self._headline()}**", "\n".join(parts)]
        return "\n\n".join([*body, self._end(), "</div>"])

    def _headline(self) -> str:
        symbol, words, _ = _LOOKS[self.state]
        return f"{symbol} {words}: {self.met} of {len(self.results)} requirements met"

    def _symbol(self, result: Result) -> str:
        return _SYMBOLS[None if self.begin else result.met]

    def _shown(self, result: Result, *, markdown: bool = False) -> list[str]:
        return _details(result, markdown=markdown) if not self.begin and result.finding else []

    def _end(self) -> str:
        """Say what to do next."""
        if self.state != "wrong":
            return self.message
        unseen = any(result.met is None for result in self.results)
        circles = "○ could not be judged on every call yet. " if unseen else ""
        return f"{circles}`hint()` has a hint on the first ✗."


def _details(result: Result, *, markdown: bool = False) -> list[str]:
    assert result.finding
    run = result.finding.run
    lines = {
        "Called": code(result.call) if result.call else "",
        "Expected": result.finding.expected,
        "Found": result.finding.found,
        "The run": _run(run_link(run), markdown) if run else "",
        "Where to look": result.look,
    }
    style = "*{}:* {}" if markdown else "{}: {}"
    return [style.format(name, text) for name, text in lines.items() if text]


def _run(link: Link, markdown: bool) -> str:
    return f"{code(link.text)}, [in the MLflow UI]({link.url})" if markdown else repr(link)


@dataclass(frozen=True)
class Note:
    """A text in Markdown that shows itself as such."""

    text: str
    summary: str = ""  # its headline

    def __repr__(self) -> str:
        return f"{self.summary}\n{self.text}".strip()

    def _repr_markdown_(self) -> str:
        return f"**{self.summary}**\n\n{self.text}" if self.summary else self.text
