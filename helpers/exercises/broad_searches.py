"""The broad searches that lesson 04's exercise is about, and what is right for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.exercises.reading import Child, Reading

PARAMS = ("param1", "param2")


def search(means: Mapping[str, float], counts: Mapping[str, int]) -> list[Child]:
    """Return the child runs of a search: so many of each combination, around its mean."""
    return [
        (pair[0], pair[1], mean + 0.01 * (2 * n + 1 - counts[pair]))
        for pair, mean in means.items()
        for n in range(counts[pair])
    ]


SEARCHES = {
    # The best combination, a with e, goes; drawn as often as here, plain means would keep "a".
    "space_1": search(
        {"ad": 0.9, "ae": 0.1, "af": 0.88, "bd": 0.2, "be": 0.9, "bf": 0.25, "cd": 0.3, "ce": 0.8}
        | {"cf": 0.28},
        {"ad": 1, "ae": 7, "af": 1, "bd": 2, "be": 4, "bf": 1, "cd": 2, "ce": 1, "cf": 3},
    ),
    # The best combination stays; one combination was never drawn.
    "space_2": search(
        {"kp": 0.7, "kq": 0.6, "kr": 0.5, "lp": 0.6, "lq": 0.3, "lr": 0.2, "mp": 0.5, "mq": 0.25},
        {"kp": 1, "kq": 2, "kr": 1, "lp": 3, "lq": 2, "lr": 4, "mp": 1, "mq": 1},
    ),
}
ASKED = [("space_1",), ("space_2",)]


class Choice(Reading):
    """One call of `refine`: its argument is the broad search's test identifier."""

    @property
    def found(self) -> Mapping[str, Any]:
        """What came back."""
        return dict(self.seen.outcome.value)

    def runs(self, *, of_all: bool = False) -> pd.DataFrame:
        """Return the child runs of the search that was asked for, or of all searches."""
        rows = [
            {**run.data.params, **run.data.metrics}
            for run in self.seen.all_runs
            if "param1" in run.data.params and (of_all or self.carries(run))
        ]
        return pd.DataFrame(rows)

    @property
    def means(self) -> pd.Series[float]:
        """The mean of each combination."""
        return self.runs().groupby([*PARAMS])["metric1"].mean()

    @property
    def right(self) -> dict[str, list[str]]:
        """The values to keep."""
        return {param: better(self.means, param) for param in PARAMS}


def better(results: Any, param: str) -> list[str]:
    """Return the two values of a parameter with the lowest means."""
    return sorted(results.groupby(param).mean().nsmallest(2).index)
