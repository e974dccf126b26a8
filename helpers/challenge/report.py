"""How the challenge's verdict shows itself: a checklist, in a notebook and in plain text."""

from __future__ import annotations

from dataclasses import dataclass

from helpers import links
from helpers.challenge.requirements import REQUIREMENTS, Finding
from helpers.challenge.tuning import code

POINTS = 10
_LOOKS = {  # of each state: symbol, words, colour
    "solved": ("✓", "SOLVED", "#009E73"),
    "wrong": ("✗", "NOT RIGHT YET", "#D55E00"),
    "unsolved": ("○", "NOT SOLVED YET", "#7F7F7F"),
}
_BEGIN = (
    "Nothing of the three tasks is there yet. Change the functions in the starter cell, run that "
    "cell, then run this one again. If you do not know where to begin, `hint()` does."
)


@dataclass(frozen=True)
class Report:
    """What `check` found; shows itself as a checklist, up to the first requirement not met."""

    state: str  # solved, wrong or unsolved
    met: int = 0  # how many requirements are met, in their order
    finding: Finding | None = None
    call: str = ""  # the call that did not meet the next one

    @property
    def passed(self) -> bool:
        """Whether every requirement is met."""
        return self.state == "solved"

    @property
    def points(self) -> int:
        """The points for nbgrader: all or none."""
        return POINTS if self.passed else 0

    @property
    def requirement(self) -> str:
        """The first requirement not met; empty if all are."""
        return "" if self.passed else REQUIREMENTS[self.met].title

    @property
    def message(self) -> str:
        """The first requirement not met, what was expected, what was found, and where to look."""
        if self.state == "unsolved":
            return _BEGIN
        if self.passed:
            return f"All {len(REQUIREMENTS)} requirements are met. `solution()` shows other ways."
        return "\n".join([f"Not met: {self.requirement}", *self._details()])

    def __repr__(self) -> str:
        lines = self._checklist()
        if self.finding:
            lines[self.met] += "".join(f"\n    {line}" for line in self._details())
        return "\n".join([self._headline(), *(f"  {line}" for line in lines), self._end()])

    def _repr_markdown_(self) -> str:
        lines = self._checklist()
        if self.finding:
            details = "  \n> ".join(self._details(markdown=True))
            lines[self.met] = f"**{lines[self.met]}**\n\n> {details}\n"
        body = "  \n".join(lines)
        style = f"border-left: 6px solid {_LOOKS[self.state][2]}; padding-left: 1em"
        parts = [f'<div style="{style}">', f"**{self._headline()}**", body, self._end(), "</div>"]
        return "\n\n".join(parts)

    def _headline(self) -> str:
        symbol, words, _ = _LOOKS[self.state]
        return f"{symbol} {words}: {self.met} of {len(REQUIREMENTS)} requirements met"

    def _checklist(self) -> list[str]:
        symbols = "✓" * self.met + ("✗" if self.finding else "") + "○" * len(REQUIREMENTS)
        return [f"{symbol} {r.title}" for symbol, r in zip(symbols, REQUIREMENTS, strict=False)]

    def _details(self, *, markdown: bool = False) -> list[str]:
        assert self.finding
        lines = {
            "Called": code(self.call) if self.call else "",
            "Expected": self.finding.expected,
            "Found": self.finding.found,
            "The run": self.finding.run and _shown(links.run_link(self.finding.run), markdown),
            "Where to look": REQUIREMENTS[self.met].look,
        }
        style = "*{}:* {}" if markdown else "{}: {}"
        return [style.format(name, text) for name, text in lines.items() if text]

    def _end(self) -> str:
        """Say what to do next."""
        if not self.finding:
            return self.message
        return "○ is not looked at yet. `hint()` has a hint on ✗."


def _shown(link: links.Link, markdown: bool) -> str:
    return f"{code(link.text)}, [in the MLflow UI]({link.url})" if markdown else repr(link)


@dataclass(frozen=True)
class Note:
    """A text in Markdown that shows itself as such."""

    text: str
    summary: str = ""  # if there is one, the text is folded away below it

    def __repr__(self) -> str:
        return f"{self.summary}\n{self.text}".strip()

    def _repr_markdown_(self) -> str:
        if not self.summary:
            return self.text
        return f"<details><summary>{self.summary}</summary>\n\n{self.text}\n\n</details>"
