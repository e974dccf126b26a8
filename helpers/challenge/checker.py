"""The challenge of lesson 05: check a student's function, give hints, show the solution."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from mlflow.entities import Run

from helpers.challenge.hints import HINTS, START
from helpers.challenge.report import Note, Report
from helpers.challenge.requirements import REQUIREMENTS, Finding
from helpers.challenge.scratch import observe
from helpers.challenge.tuning import DEFAULTS, Tuning, code, prepare

SOLVED_NOTEBOOK = (
    Path(__file__).resolve().parents[2] / "notebooks/solutions/05_best_child_challenge.ipynb"
)
_OTHER: dict[str, Any] = {
    "test_no": 1,
    "param1_choices": ["x", "y", "z"],
    "param2_choices": ["u", "v", "w"],
    "test_identifier": "subset_test",
}
# The most telling call first. The second one looks like the first but for its single child, so a
# best that is carried over, or searched for by tag or name, is that of the other parent.
CALLS = [{**_OTHER, "num_child_runs": 6}, {**_OTHER, "num_child_runs": 1}, {"test_no": 0}]
# Made only while a wrong solution could have come this far by luck.
MORE_CALLS = [{**_OTHER, "num_child_runs": 2}] * 5


@dataclass
class _Memory:
    """What hint() and solution() know of this notebook."""

    report: Report | None = None  # the last one
    shown: dict[str, int] = field(default_factory=dict)  # hints shown, for each requirement


_memory = _Memory()


def check(execute_tuning: object) -> Report:
    """Call the function in a scratch experiment and say whether it solves the challenge.

    Calls it three times or a few more, reads from the server what it logged, and deletes the
    experiment. Nothing that the function does makes this raise, or changes the notebook.

    Args:
        execute_tuning: the student's function.

    Raises:
        ServerUnreachable: no working tracking server answers.
        KeyboardInterrupt: the user stopped it.
    """
    _memory.report = _checked(execute_tuning)
    return _memory.report


def hint() -> Note:
    """Return the next hint on what the last check found wrong."""
    report = _memory.report
    if report and report.passed:
        return Note("✓ Solved: nothing is left to hint at. `solution()` shows other ways.")
    wrong = report and report.state == "wrong"
    requirement = REQUIREMENTS[report.met] if report and wrong else None
    key = requirement.key if requirement else START
    hints = HINTS[key]
    number = _memory.shown[key] = min(_memory.shown.get(key, 0) + 1, len(hints))
    about = f"*About:* {requirement.title}.\n\n" if requirement else ""
    more = "Run `hint()` again for the next one."
    if number == len(hints):
        more = "This was the last one. `solution(reveal=True)` shows a solution."
    return Note(f"{about}{hints[number - 1]}\n\n{more}", f"Hint {number} of {len(hints)}")


def hints_used() -> int:
    """Return how many different hints have been shown in this notebook."""
    return sum(_memory.shown.values())


def solution(*, reveal: bool = False) -> Note:
    """Return the solution of the solved notebook, once the last check was passed.

    Args:
        reveal: show it in any case.
    """
    if not reveal and not (_memory.report and _memory.report.passed):
        return Note(
            "The solution shows itself here once the check is passed. If you would rather see it "
            "now: `solution(reveal=True)`."
        )
    cells = json.loads(SOLVED_NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    cell = next(cell for cell in cells if "solution" in cell["metadata"].get("tags", []))
    return Note(f"```python\n{''.join(cell['source'])}\n```\n\n{_OTHER_WAYS}")


_OTHER_WAYS = (
    "A loop that remembers the least so far does the same as `min`. Both know the values because "
    "`log_run` returns them, without asking the server. `best_child(parent)` or "
    "`mlflow.search_runs` read them back instead: one more request, and `log_run` can stay as it "
    "was. After the parent run has ended, `MlflowClient` can still log to it. Whoever logs the "
    "best so far after each child run, with a `step`, sees how it fell while the tuning ran."
)


def _checked(function: object) -> Report:
    if not callable(function):
        kind = type(function).__name__
        found = f"a value of type {code(kind)}; `check(execute_tuning)` takes the function itself"
        return Report("wrong", 0, Finding("a function", found))
    tunings = [prepare(function, given) for given in (*CALLS, *MORE_CALLS)]
    refused = [tuning for tuning in tunings if tuning.refused][:1]
    if refused:  # the starter still takes the first parameter alone
        tunings = [tuning for tuning in tunings if tuning.given == CALLS[-1] and not tuning.refused]
    made = observe(function, tunings, _enough) if tunings else []
    if not _begun(function, made, refused):
        return Report("unsolved")
    return _judged([*refused, *made])


def _judged(tunings: list[Tuning]) -> Report:
    for met, requirement in enumerate(REQUIREMENTS):
        for tuning in tunings:
            finding = requirement.unmet(tuning)
            if finding:
                return Report("wrong", met, finding, str(tuning))
    return Report("solved", len(REQUIREMENTS))


def _begun(function: Callable[..., object], made: list[Tuning], refused: list[Tuning]) -> bool:
    """Tell whether anything of the three tasks is there."""
    body = function.__code__ if inspect.isfunction(function) else None
    empty = body and not body.co_names + body.co_freevars  # it can call nothing
    if empty or any(tuning.unfinished for tuning in made):
        return False
    starters = list(DEFAULTS)[:4]
    if not (refused and made) or list(inspect.signature(function).parameters) != starters:
        return True
    data = [run.data for run in made[0].runs]
    logged = {name for d in data for name in [*d.metrics, *d.params, *d.tags]}
    return bool(made[0].error) or any(name.startswith("best") for name in logged)


def _enough(made: list[Tuning]) -> bool:
    """Tell whether the calls made so far have the verdict in them."""
    if not _judged(made).passed:
        return True
    return len(made) >= len(CALLS) and not _could_be_luck(made)


def _could_be_luck(made: list[Tuning]) -> bool:
    """Tell whether some wrong solution would have given the right values in all of these tunings.

    One that takes the first child run or the last, the metric or either parameter of it; one that
    leaves out the first or the last; one that goes through all calls with this identifier.
    """

    def caught(chosen: Callable[[Tuning], list[Run]], value: Callable[[Run], object]) -> bool:
        return any(
            value(min(chosen(tuning) or tuning.best, key=_metric1)) not in map(value, tuning.best)
            for tuning in made
        )

    def of_all_calls(tuning: Tuning) -> list[Run]:
        so_far = made[: made.index(tuning) + 1]
        return [run for other in so_far if other.ident == tuning.ident for run in other.best]

    ends: list[Callable[[Tuning], list[Run]]]
    ends = [lambda tuning: tuning.children[:1], lambda tuning: tuning.children[-1:]]
    rests: list[Callable[[Tuning], list[Run]]]
    rests = [lambda tuning: tuning.children[1:], lambda tuning: tuning.children[:-1], of_all_calls]
    mistakes = list(product(ends, (_metric1, _param1, _param2))) + list(product(rests, (_metric1,)))
    return not all(caught(*mistake) for mistake in mistakes)


def _metric1(run: Run) -> float:
    return float(run.data.metrics.get("metric1", math.inf))


def _param1(run: Run) -> str:
    return str(run.data.params["param1"])


def _param2(run: Run) -> str:
    return str(run.data.params["param2"])
