"""The exercise of lesson 03: find exactly the runs that a sentence describes.

quotes
the quotation marks around the identifier, which has an apostrophe itself
Where does the text begin and end in `'last year's'`?
MLflow takes `"…"` as well as `'…'`. Which of them fits depends on the text.
`equals("tags.test_identifier", test_identifier)` chooses the marks that fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlflow.entities import Run

from helpers.exercises import any_call
from helpers.exercises.exercise import Exercise
from helpers.exercises.reading import Reading, asks_for, changes_nothing
from helpers.exercises.requirement import Finding, causes_in, code, names, requirement

CAUSES = causes_in(__doc__)
# As the task says: letters, underscores, spaces and apostrophes, no double quotation marks.
SEARCHES = {
    "first": [("x", "u", value) for value in (0.1, 0.25, 0.3, 0.8)]
    + [("y", "u", 0.2), ("X", "u", 0.15)],
    "first_again": [("x", "u", 0.05), ("y", "w", 0.4)],
    "last year's": [("x", "v", 0.2), ("z", "u", 0.7)],
}
ASKED = [
    ("first", "x", 0.3),
    ("first", "y", 0.95),
    ("first_again", "x", 0.5),
    ("first_again", "z", 0.9),  # no run
    ("last year's", "z", 0.75),
]


class Search(Reading):
    """One call of `find_runs`."""

    def misfit(self, run: Run) -> str:
        """Say what keeps a run from being one of those described; empty if nothing does."""
        _, param1, limit = self.seen.call.args
        data = run.data
        if not self.carries(run):
            return f"its `test_identifier` is {code(data.tags.get('test_identifier'))}"
        if "param1" not in data.params:
            return "it is a parent run"
        if data.params["param1"] != param1:
            return f"its `param1` is {code(data.params['param1'])}"
        metric1 = data.metrics["metric1"]
        return "" if metric1 < limit else f"its `metric1` is {code(metric1)}"

    @property
    def right(self) -> list[Run]:
        """The runs that it should have found."""
        return [run for run in self.seen.all_runs if not self.misfit(run)]

    @property
    def found(self) -> list[str]:
        """The run ids that came back."""
        return list(self.seen.outcome.value)


@requirement("accepts_arguments")
def runs_to_its_end(search: Search) -> Finding | None:
    """it runs to its end without an error

    that line; called in a cell of its own, with the same arguments, it shows the traceback

    Read the sentence and the line of yours that the check shows. Then call `find_runs` in a cell
    of its own.

    Would it do with values that no run of this page has, and when no run is found?

    A filter is a text. Print yours before you use it.
    """
    finding = any_call.runs_to_its_end.unmet(search)
    if finding and "'" in search.seen.call.args[0]:
        return replace(finding, cause=CAUSES["quotes"])
    return finding


@requirement("runs_to_its_end")
def returns_run_ids(search: Search) -> Finding | None:
    """it returns a list of run ids

    the line that begins with `return`

    What does your function return: a table, one of its columns, or a list?

    The table that `mlflow.search_runs` returns has a column `run_id`.

    `list(found["run_id"])` is a list of text, and so is `found["run_id"].tolist()`.
    """
    value, kind = search.seen.outcome.value, search.seen.outcome.returned
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return None
    of_what = " with other things in it than text" if isinstance(value, list) else ""
    return Finding("a list of run ids, each of them a text", f"a {code(kind)}{of_what}")


@requirement("returns_run_ids")
def misses_none(search: Search) -> Finding | None:
    """every run that is described is found

    which experiment is searched, how many runs are read, and what the conditions leave out

    Try it on this page's runs: how many should be found, and how many are?

    Take one condition away after the other. After which one does the run come back?

    Without `experiment_ids` and `experiment_names`, `mlflow.search_runs` reads the active
    experiment, whichever that is. Names and values of this page's have no place in the function.
    """
    missing = [run for run in search.right if run.info.run_id not in search.found]
    if not missing:
        return None
    number = len(search.right)
    expected = f"{number} run{'s' * (number > 1)}: {names(search.right)}"
    return Finding(expected, f"without {names(missing)}", missing[0])


@requirement("returns_run_ids")
def finds_no_other(search: Search) -> Finding | None:
    """no other run is found, and none twice

    the condition that should have kept this run out

    Three conditions describe the runs. Which one does this run not meet?

    `LIKE` compares with a pattern, `=` with the very text. `<` leaves the limit itself out, `<=`
    does not.

    Conditions are joined with `and`. The tag, the parameter and the metric each need one.
    """
    known = {run.info.run_id: run for run in search.seen.all_runs}
    for number, run_id in enumerate(search.found):
        run = known.get(run_id)
        why = search.misfit(run) if run else "this experiment has no run of that id"
        if run_id in search.found[:number]:
            why = "it is there twice"
        if why:
            name = code(run.info.run_name if run else run_id)
            return Finding(f"{len(search.right)} runs and no other", f"{name}: {why}", run)
    return None


def nothing_yet(searches: Sequence[Search]) -> bool:
    """Nothing of the task is there yet.

    Write the function in the starter cell, run that cell, then run this one again.

    `mlflow.search_runs(filter_string=…)` finds runs. What has the filter to say?

    Three conditions, joined with `and`: one on a tag, one on a parameter, one on a metric. This
    page has joined two of that kind.

    `equals` writes the first two. The third is `f"metrics.metric1 < {limit}"`. Of the table that
    comes back, the column `run_id` is wanted, as a list.
    """
    return any_call.untouched(searches)


REQUIREMENTS = (
    any_call.accepts_arguments,
    runs_to_its_end,
    changes_nothing,
    returns_run_ids,
    misses_none,
    finds_no_other,
)
EXERCISE = Exercise(
    "find_runs",
    "03_tagged_custom_spaces.ipynb",
    REQUIREMENTS,
    nothing_yet,
    asks_for(SEARCHES, ASKED),
    Search,
)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
