"""Show the verdict on an answer as a checklist."""

from dataclasses import dataclass

from exercises.engine.judging import Result
from helpers.links import run_page

POINTS = 10
_LOOKS = {  # of each state: symbol, words, colour
    "solved": ("✓", "SOLVED", "#009E73"),
    "wrong": ("✗", "NOT RIGHT YET", "#D55E00"),
    "unsolved": ("○", "NOT SOLVED YET", "#7F7F7F"),
}
_SYMBOLS = {True: "✓", False: "✗", None: "○"}


class Points(int):
    """Points, which nbgrader reads below the check's cell."""

    def _repr_html_(self) -> str:
        return f"<small>{self} of {POINTS} points</small>"


@dataclass(frozen=True)
class Report:
    """What a check found; shows itself as a checklist in Markdown."""

    results: tuple[Result, ...]
    begin: str = ""  # what to do, if nothing of the task is there yet
    same: bool = False  # it is about the very function that the last check judged
    left: int = 0  # how many calls were not made any more

    @property
    def met(self) -> int:
        """How many requirements are met."""
        return sum(result.met is True for result in self.results)

    @property
    def passed(self) -> bool:
        """Whether every requirement is met, in each of the calls."""
        return self.met == len(self.results) and not self.left

    @property
    def state(self) -> str:
        """`solved`, `wrong`, or `unsolved`: nothing of the task is there yet."""
        return "unsolved" if self.begin else "solved" if self.passed else "wrong"

    @property
    def points(self) -> Points:
        """The points for nbgrader: all or none."""
        return Points(POINTS * self.passed)

    @property
    def first_unmet(self) -> Result | None:
        """The first requirement that is not met."""
        return next((result for result in self.results if result.met is False), None)

    @property
    def message(self) -> str:
        """The whole report in Markdown."""
        symbol, words, _ = _LOOKS[self.state]
        headline = f"**{symbol} {words}: {self.met} of {len(self.results)} requirements met**"
        checklist = "\n".join(map(_line, self.results))
        return "\n\n".join(filter(None, [headline, self.begin, checklist, self._end()]))

    def __repr__(self) -> str:
        return self.message

    def _repr_markdown_(self) -> str:
        style = f"border-left: 6px solid {_LOOKS[self.state][2]}; padding-left: 1em"
        return f'<div style="{style}">\n\n{self!r}\n\n</div>'

    def _end(self) -> str:
        """Say what to do next."""
        if self.passed:
            return f"All {len(self.results)} requirements are met. `solution()` shows one way."
        sentences = [
            "This is the same function as in the last check. Run its cell after you change it."
        ] * self.same
        if any(result.met is None for result in self.results):
            sentences.append("○ is checked once you fix the ✗.")
        if self.left:
            calls = f"{self.left} further call{'s' * (self.left > 1)}"
            sentences.append(
                f"The check stopped at this mistake. Once you fix it, {calls} will test the ✓, too."
            )
        if not self.begin:
            sentences.append("`hint()` has a hint on the first ✗.")
        return " ".join(sentences)


def _line(result: Result) -> str:
    line = f"{_SYMBOLS[result.met]} {result.title}"
    told = "  \n> ".join(details(result))
    return f"**{line}**\n\n> {told}\n" if told else f"{line}  "


def details(result: Result) -> list[str]:
    """Say in Markdown what was expected and what was found, if a requirement is not met.

    Args:
        result: what became of it.
    """
    finding = result.finding
    if not finding:
        return []
    run = finding.run
    link = run and f"{run.title}, [in the MLflow UI]({run_page(run.experiment_id, run.run_id)})"
    told = {
        "Called": result.call,
        "Expected": finding.expected,
        "Found": finding.found + (f"; this is {finding.fact.text}" if finding.fact else ""),
        "The run": link,
        "Where to look": result.look,
    }
    return [f"*{name}:* {text}" for name, text in told.items() if text]


@dataclass(frozen=True)
class Note:
    """A string in Markdown that shows itself as such."""

    text: str

    def __repr__(self) -> str:
        return self.text

    _repr_markdown_ = __repr__
