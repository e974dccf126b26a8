"""The exercise of lesson 04: choose a refinement from the runs, and say what it allows."""

from __future__ import annotations

from typing import Any

from helpers.exercises.any_call import accepts_arguments, runs_to_its_end, untouched
from helpers.exercises.broad_searches import ASKED, PARAMS, SEARCHES, Choice, better
from helpers.exercises.calling import Callee, Described
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Place
from helpers.exercises.reading import changes_nothing, observe_reading
from helpers.exercises.report import Report
from helpers.exercises.requirement import Finding, Requirement, code, judged, requirement


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
    if not isinstance(value, dict):
        return Finding(expected, f"a {code(kind)}")
    missing = [key for key in keys if key not in value]
    return Finding(expected, f"no {code(', '.join(missing))}") if missing else None


@requirement("returns_answers")
def chooses_values(choice: Choice) -> Finding | None:
    """`param1` and `param2` are the two values to keep of each parameter

    whether each combination counts alike, and whether lower is better

    Chance draws some combinations more often than others. How did this page make them count alike?

    First the mean of each combination, then, for each value, the mean of its combinations.

    `means = found.groupby(PARAMS)[METRIC].mean()`, and then
    `means.groupby("params.param1").mean().nsmallest(2).index`, as a list.
    """
    for param, right in choice.right.items():
        found = choice.found[param]
        if not isinstance(found, list) or sorted(map(str, found)) != right:
            look, hint = _cause(choice)
            hints = (look[0].upper() + look[1:] + ".", hint) if hint else ()
            return Finding(f"`{param}` = {code(right)}", code(found), look=look, hints=hints)
    return None


def _cause(choice: Choice) -> tuple[str, str]:
    """Return where to look and a hint, if it shows how these values were chosen."""
    runs, every, means = choice.runs(), choice.runs(of_all=True), choice.means
    all_means = every.groupby([*PARAMS])["metric1"].mean()
    ways = {
        _PLAIN: {p: better(runs.set_index(p)["metric1"], p) for p in PARAMS},
        _ALL_SEARCHES: {p: better(all_means, p) for p in PARAMS},
        _HIGHEST: {p: better(-means, p) for p in PARAMS},
    }
    found = {param: choice.found[param] for param in PARAMS}
    return next((cause for cause, chosen in ways.items() if chosen == found), ("", ""))


_PLAIN = (
    "these are the values with the lowest plain means, in which a combination that was drawn "
    "often counts more",
    "Take the mean of each combination first: `groupby` with both parameters. Then take the mean "
    "of these means for each value.",
)
_ALL_SEARCHES = (
    "these are the values that all runs of the experiment speak for, those of other searches too",
    "`mlflow.search_runs(filter_string=…)` with the test identifier leaves the others out.",
)
_HIGHEST = (
    "these are the values with the highest means",
    "Lower is better here: `nsmallest`, not `nlargest`.",
)


@requirement("chooses_values")
def knows_what_is_lost(choice: Choice) -> Finding | None:
    """`keeps_best` says whether the combination with the lowest mean is still in the space

    the combination with the lowest mean, and whether both its values are kept

    Which combination has the lowest mean of all? `means.idxmin()` names its two values.

    It is kept if its first value is in `param1` *and* its second in `param2`.
    """
    best: Any = choice.means.idxmin()
    right = all(value in choice.right[param] for param, value in zip(PARAMS, best, strict=True))
    if choice.found["keeps_best"] is right:
        return None
    expected = f"{code(right)}: the best combination is {code(' with '.join(best))}"
    return Finding(expected, code(choice.found["keeps_best"]))


@requirement("chooses_values")
def counts_runs(choice: Choice) -> Finding | None:
    """`runs_inside` is the number of the broad search's runs in the refined space

    whether both parameters are looked at, of each child run of this search alone

    A run is inside if both of its values are kept. One condition for each parameter, joined with
    `&`.

    `inside = found["params.param1"].isin(param1) & found["params.param2"].isin(param2)`; its
    `sum()` is their number.
    """
    runs = choice.runs()
    kept = [runs[param].isin(choice.right[param]) for param in PARAMS]
    right = int((kept[0] & kept[1]).sum())
    found = choice.found["runs_inside"]
    return None if found == right and found is not True else Finding(code(right), code(found))


REQUIREMENTS: tuple[Requirement[Any], ...] = (
    accepts_arguments,
    runs_to_its_end,
    changes_nothing,
    returns_answers,
    chooses_values,
    knows_what_is_lost,
    counts_runs,
)


@requirement()
def begun(asked: tuple[Described, list[Choice]]) -> Finding | None:
    """Nothing of the task is there yet.

    Write the function in the starter cell, run that cell, then run this one again.

    `mlflow.search_runs(filter_string=…)` reads the runs of the search. This page has shown how to
    go on from there: which two cells have chosen the values?

    The mean of each combination, then the mean of each value's combinations; keep the lowest two.

    The combination with the lowest mean is `means.idxmin()`. A run is inside if both its values
    are kept: `isin` tells it for a whole column.
    """
    nothing = Finding("a function that chooses a refinement", "the starter")
    return nothing if untouched(*asked) else None


def examine(callee: Callee, place: Place) -> Report:
    """Log two searches, ask for a refinement of each, and compare.

    Args:
        callee: the student's function.
        place: where the runs are.
    """
    made = observe_reading(callee, place, Choice, "refine", SEARCHES, ASKED, REQUIREMENTS)
    unbegun = begun.unmet((callee.describe(), made))
    begin = f"{begun.title} {begun.look}" if unbegun else ""
    return Report(judged(REQUIREMENTS, made), begin)


EXERCISE = Exercise("refine", "04_refined_spaces.ipynb", REQUIREMENTS, begun.hints, examine)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
