"""The exercise of lesson 04: choose a refinement from the runs, and say what it allows.

plain means
these are the values with the lowest plain means, in which a combination that was drawn often \
counts more
Take the mean of each combination first: `groupby` with both parameters. Then take the mean of \
these means for each value.

all searches
these are the values that all runs of the experiment speak for, those of other searches too
`mlflow.search_runs(filter_string=…)` with the test identifier leaves the others out.

the highest
these are the values with the highest means
Lower is better here: `nsmallest`, not `nlargest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from helpers.exercises.any_call import accepts_arguments, runs_to_its_end, untouched
from helpers.exercises.exercise import Exercise
from helpers.exercises.reading import Reading, asks_for, changes_nothing
from helpers.exercises.requirement import Cause, Finding, causes_in, code, requirement

CAUSES = causes_in(__doc__)
PARAMS = ("param1", "param2")
# Mean and number of runs of each combination. In the first search, the best one, a with e, goes;
# drawn as often as here, plain means would keep "a". In the second it stays; one was never drawn.
COMBINATIONS = {
    "space_1": {"ad": (0.9, 1), "ae": (0.1, 7), "af": (0.88, 1), "bd": (0.2, 2), "be": (0.9, 4)}
    | {"bf": (0.25, 1), "cd": (0.3, 2), "ce": (0.8, 1), "cf": (0.28, 3)},
    "space_2": {"kp": (0.7, 1), "kq": (0.6, 2), "kr": (0.5, 1), "lp": (0.6, 3), "lq": (0.3, 2)}
    | {"lr": (0.2, 4), "mp": (0.5, 1), "mq": (0.25, 1)},
}
SEARCHES = {
    ident: [
        (pair[0], pair[1], mean + 0.01 * (2 * n + 1 - number))
        for pair, (mean, number) in combinations.items()
        for n in range(number)
    ]
    for ident, combinations in COMBINATIONS.items()
}


class Choice(Reading):
    """One call of `refine`: its argument is the broad search's test identifier."""

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


def better(results: Any) -> dict[str, list[str]]:
    """Return the two values of each parameter with the lowest means."""
    return {p: sorted(results.groupby(p).mean().nsmallest(2).index) for p in PARAMS}


@requirement("changes_nothing")
def returns_answers(choice: Choice) -> Finding | None:
    """it returns a dict with the four answers

    the line that begins with `return`, and the names of the four answers

    The task names the four keys. Are all of them there, spelt like that?

    `param1` and `param2` are lists of two texts each, `keeps_best` is True or False, and
    `runs_inside` is a whole number.

    A number from NumPy or pandas is not a plain one: `int(…)` and `bool(…)` make it so.
    """
    value, kind = choice.seen.outcome.value, choice.seen.outcome.returned
    keys = ["keeps_best", "param1", "param2", "runs_inside"]
    expected = f"a dict with the keys {code(', '.join(keys))}"
    if kind == "dict" and value is None:
        expected = "a dict with plain lists, texts, numbers, True or False"
        return Finding(expected, "a dict with something else in it, such as a NumPy number")
    missing = [key for key in keys if not isinstance(value, dict) or key not in value]
    found = f"no {code(', '.join(missing))}" if isinstance(value, dict) else f"a {code(kind)}"
    return Finding(expected, found) if missing else None


@requirement("returns_answers")
def chooses_values(choice: Choice) -> Finding | None:
    """`param1` and `param2` are the two values to keep of each parameter

    whether each combination counts alike, and whether lower is better

    Chance draws some combinations more often than others. How did this page make them count alike?

    First the mean of each combination, then, for each value, the mean of its combinations.

    `means = found.groupby(PARAMS)[METRIC].mean()`, and then
    `means.groupby("params.param1").mean().nsmallest(2).index`, as a list.
    """
    for param, right in better(choice.means).items():
        found = choice.seen.outcome.value[param]
        if not isinstance(found, list) or sorted(map(str, found)) != right:
            return Finding(f"`{param}` = {code(right)}", code(found), None, _cause(choice))
    return None


def _cause(choice: Choice) -> Cause | None:
    """Return where to look and hints, if it shows how these values were chosen."""
    metric1 = choice.runs().set_index([*PARAMS])["metric1"]
    every = choice.runs(of_all=True).groupby([*PARAMS])["metric1"].mean()
    ways = {
        "plain means": better(metric1),
        "all searches": better(every),
        "the highest": better(-choice.means),
    }
    for name, chosen in ways.items():
        if all(choice.seen.outcome.value[p] == chosen[p] for p in PARAMS):
            look, hints = CAUSES[name]
            return Cause(look, (f"{look[0].upper()}{look[1:]}.", *hints))
    return None


@requirement("chooses_values")
def knows_what_is_lost(choice: Choice) -> Finding | None:
    """`keeps_best` says whether the combination with the lowest mean is in the refined space

    the combination with the lowest mean, and whether both its values are kept

    Which combination has the lowest mean of all? `means.idxmin()` names its two values.

    It is kept if its first value is in `param1` *and* its second in `param2`.
    """
    best: Any = choice.means.idxmin()
    right = all(
        value in better(choice.means)[param] for param, value in zip(PARAMS, best, strict=True)
    )
    if choice.seen.outcome.value["keeps_best"] is right:
        return None
    expected = f"{code(right)}: the best combination is {code(' with '.join(best))}"
    return Finding(expected, code(choice.seen.outcome.value["keeps_best"]))


@requirement("chooses_values")
def counts_runs(choice: Choice) -> Finding | None:
    """`runs_inside` is the number of the broad search's runs in the refined space

    whether both parameters are looked at, of each child run of this search alone

    A run is inside if both of its values are kept. One condition for each parameter, joined with
    `&`.

    `inside = found["params.param1"].isin(param1) & found["params.param2"].isin(param2)`; its
    `sum()` is their number.
    """
    runs, found = choice.runs(), choice.seen.outcome.value["runs_inside"]
    first, second = (runs[param].isin(better(choice.means)[param]) for param in PARAMS)
    right = int((first & second).sum())
    if found == right and found is not True:
        return None
    return Finding(f"{code(right)} as `runs_inside`", code(found))


def nothing_yet(choices: Sequence[Choice]) -> bool:
    """Nothing of the task is there yet.

    Write the function in the starter cell, run that cell, then run this one again.

    `mlflow.search_runs(filter_string=…)` reads the runs of the search. This page has shown how to
    go on from there: which two cells have chosen the values?

    The mean of each combination, then the mean of each value's combinations; keep the lowest two.

    The combination with the lowest mean is `means.idxmin()`. A run is inside if both its values
    are kept: `isin` tells it for a whole column.
    """
    return untouched(choices)


REQUIREMENTS = (
    accepts_arguments,
    runs_to_its_end,
    changes_nothing,
    returns_answers,
    chooses_values,
    knows_what_is_lost,
    counts_runs,
)
asks = asks_for(SEARCHES, [(ident,) for ident in SEARCHES])
EXERCISE = Exercise("refine", "04_refined_spaces.ipynb", REQUIREMENTS, nothing_yet, asks, Choice)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
