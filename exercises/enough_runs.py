"""The exercise of lesson 09: from how many runs on eight in ten searches see an effect."""

import math
from collections import defaultdict
from itertools import takewhile

from exercises.engine import Finding, Findings, Requirements, code, load


def said(num_runs: int, searches: list[bool]) -> str:
    """Say how many searches see the effect."""
    return f"with {num_runs} runs, {sum(searches)} of {len(searches)} searches see it"


def are_enough(searches: list[bool]) -> bool:
    """Tell whether at least eight in ten searches see the effect."""
    return 10 * sum(searches) >= 8 * len(searches)


class EnoughRuns(Requirements):
    """What the exercise requires of a call."""

    def seen(self) -> dict[int, list[bool]]:
        """Return which searches of the study see the effect, by their number of runs."""
        found = defaultdict[int, list[bool]](list)
        for search in self.before.finished(self.args[0]):
            share = search.metric("share")
            if not math.isnan(share):
                found[int(search.params["num_runs"])].append(share <= 0.05)
        return dict(sorted(found.items()))

    def returns_a_number(self) -> Findings:
        """Tell whether a whole number came back, or None."""
        if type(self.value) is not int and self.outcome.returned != "NoneType":
            cause = "a_text" if self.outcome.returned == "str" else ""
            yield Finding("a whole number, or None", self.came_back, cause=cause)

    def enough_see_it(self) -> Findings:
        """Tell whether eight in ten searches see the effect with the number that came back."""
        number, searches = self.value, self.seen().get(self.value, [])
        if number is not None and not (searches and are_enough(searches)):
            known = said(number, searches) if searches else "no search that counts has it"
            yield Finding(
                "a number of runs with which eight in ten see it", f"{code(number)}: {known}"
            )

    def from_there_on(self) -> Findings:
        """Tell whether that holds for every larger number, too."""
        number = math.inf if self.value is None else self.value
        for num_runs, searches in self.seen().items():
            if num_runs > number and not are_enough(searches):
                found = f"{code(number)}; but {said(num_runs, searches)}"
                yield Finding("a number above which all others are enough, too", found)

    def the_lowest(self) -> Findings:
        """Tell whether it is the lowest such number."""
        searches = self.seen()
        enough = takewhile(lambda number: are_enough(searches[number]), reversed(searches))
        lowest = min(enough, default=None)
        if self.value != lowest:
            why = f": {said(lowest, searches[lowest])}" if lowest else ""
            yield Finding(f"{code(lowest)}{why}", code(self.value))


exercise, check, hint, solution = load(__file__, EnoughRuns)
