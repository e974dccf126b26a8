"""With what the best-child challenge calls `execute_tuning`, and when it has seen enough."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.exercises.calling import Call, Described
from helpers.exercises.family import Family
from helpers.exercises.luck import PATIENCE, lucky_rules, script, trials_of
from helpers.exercises.observing import Observed
from helpers.exercises.requirement import Finding, requirement
from helpers.exercises.wrong_rules import RULES

# The parameters that execute_tuning must accept, and their values where none are given.
DEFAULTS: dict[str, Any] = {
    "test_no": 0,
    "param1_choices": ("a", "b", "c"),
    "param2_choices": ("d", "e", "f"),
    "test_identifier": "",
    "num_child_runs": 5,
}
_SHORT = {
    "test_no": 1,
    "param1_choices": ["x", "y", "z"],
    "param2_choices": ["u", "v", "w"],
    "test_identifier": "subset_test",
}
# Many values, so that the parameters of another child show. Then few, which children share.
_MANY = {
    "test_no": 4,
    "param1_choices": list("mzkaqpnxlbyrcwdov"),
    "param2_choices": list("TQASZRXBWCVDUEYFG"),
    "test_identifier": "",
}
_FEW = {**_MANY, "param1_choices": ["h", "g"], "param2_choices": ["i", "j"]}
# What is given; the place of the best child and its metric1, with digits enough to show rounding.
# The most telling call first. The second one looks like the first but for its single child, so that
# a best that is carried over, or searched for by tag or name, is that of the other parent.
PLAN: list[tuple[dict[str, Any], int, float]] = [
    ({**_SHORT, "num_child_runs": 6}, 1, 0.314159265358979),
    ({**_SHORT, "num_child_runs": 1}, 0, 0.927182818284591),
    ({"test_no": 0}, 2, 0.0000423606797749979),
    ({**_MANY, "num_child_runs": 11}, 0, 0.618033988749895),
    ({**_MANY, "test_no": 5, "num_child_runs": 11}, 10, 0.173205080756888),
    ({**_FEW, "test_no": 6, "num_child_runs": 5}, 3, 0.814213562373095),
]
_Kind = inspect.Parameter


@dataclass
class Calls:
    """The calls of one check; it says after each whether and how to go on."""

    described: Described
    failed: Callable[[Sequence[Family]], bool]  # tells whether a call was wrong
    asked: list[dict[str, Any]] = field(default_factory=list)  # for each call made
    doubt: str = ""

    def families(self, observed: Sequence[Observed]) -> list[Family]:
        """Return what was observed, with what was asked for."""
        pairs = zip(self.asked, observed, strict=True)
        return [Family(asked, seen, self.refused) for asked, seen in pairs]

    @property
    def refused(self) -> str:
        """Why the function does not take all five parameters; empty if it does."""
        return next(filter(None, (self._way(given)[1] for given, *_ in PLAN)), "")

    def next_call(self, observed: Sequence[Observed]) -> Call | None:
        """Return the next call; None if what was observed has the verdict in it."""
        families = self.families(observed)
        if self.failed(families):
            return None
        scripted = all(map(_is_scripted, families))
        while (number := len(observed) + self._skipped) < (len(PLAN) if scripted else 3):
            if call := self._prepared(*PLAN[number], number):
                return call
            self._skipped += 1
        return self._against_luck(families, scripted)

    _skipped: int = 0  # calls of PLAN that the function does not take
    _lucky: int = 0  # rules that the calls so far have not told apart
    _in_vain: int = 0  # calls in a row that have told none apart

    def _against_luck(self, families: Sequence[Family], scripted: bool) -> Call | None:
        trials = [trials_of(family.children) for family in families if family.parents]
        lucky = lucky_rules([trial for trial in trials if trial])
        self._in_vain = 0 if len(lucky) != self._lucky else self._in_vain + 1
        self._lucky = len(lucky)
        sizes = [rule.size for rule in lucky if rule.size]
        if sizes and self._in_vain < PATIENCE:
            size, number = max(sizes), len(families)
            given = {**_FEW, "test_no": number, "num_child_runs": size}
            place = (0, size - 1, size // 2)[number % 3]
            return self._prepared(given, place, 0.5, number)
        if lucky and not scripted:
            self.doubt = (
                "As its trials draw numbers of their own, the check could not see everything: "
                f"{len({rule.name for rule in lucky})} of {len(RULES)} wrong ways to choose a best "
                "child would have looked the same."
            )
        return None

    def _prepared(self, given: dict[str, Any], place: int, low: float, seed: int) -> Call | None:
        way, refused = self._way(given)
        if refused and len(given) > 4:  # it may take the others
            given = {name: given[name] for name in list(given)[:4]}
            way, refused = self._way(given)
        if refused:
            return None
        asked = {**DEFAULTS, **given}
        self.asked.append(asked)
        number = asked["num_child_runs"]
        return Call(*way, seed, script(number, min(place, number - 1), low, seed))

    def _way(self, given: Mapping[str, Any]) -> tuple[tuple[tuple[Any, ...], dict[str, Any]], str]:
        """Return positional and named arguments, and why the function refuses them.

        By position, as the lessons call it; `num_child_runs` by name where it has to be, and all
        of them where nothing can be given by position.
        """
        values, count = tuple(given.values()), dict(list(given.items())[4:])
        signature = self.described.signature()
        if signature is None:
            return (values, {}), ""
        kinds = {parameter.kind for parameter in signature.parameters.values()}
        ways: list[tuple[tuple[Any, ...], dict[str, Any]]] = [(values, {}), (values[:4], count)]
        if not kinds & {_Kind.POSITIONAL_ONLY, _Kind.POSITIONAL_OR_KEYWORD, _Kind.VAR_POSITIONAL}:
            ways = [((), dict(given))]
        misfits = [_misfit(signature, given, *way) for way in ways]
        takes_any = kinds & {_Kind.VAR_POSITIONAL, _Kind.VAR_KEYWORD}
        if count and not takes_any and "num_child_runs" not in signature.parameters:
            misfits = ["`num_child_runs` is not among them"]
        if "" in misfits:
            return ways[misfits.index("")], ""
        return ways[0], f"the parameters `{', '.join(signature.parameters)}`: {misfits[0]}"


def _is_scripted(family: Family) -> bool:
    """Tell whether the trials of a call returned what the check had chosen."""
    chosen = {metric1 for metric1, _ in family.seen.call.script}
    return not family.parents or {t.metric1 for t in trials_of(family.children)} <= chosen


def _misfit(signature: inspect.Signature, given: Mapping[str, Any], args: Any, kwargs: Any) -> str:
    """Say why a function cannot be called like that; empty if it can."""
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        return str(error)
    own = [name for name in given if name in signature.parameters]
    return "" if all(bound.get(name) is given[name] for name in own) else "in another order"


@requirement()
def begun(seen: tuple[Calls, Sequence[Family]]) -> Finding | None:
    """Nothing of the three tasks is there yet.

    Change the functions in the starter cell, run that cell, then run this one again. If you do not
    know where to begin, `hint()` does.

    `log_run` knows what it logs, and nobody asks it. Let it return those values, and let
    `execute_tuning` use them to keep track of the best.

    The loop calls `log_run` and throws away what it returns. A list keeps it, one entry for each
    child run: `results.append(log_run(…))`.

    Return a tuple with `metric1` in front, such as `(metric1, param1, param2)`. Tuples are
    compared by their first item, so `min` of the list is the best child's. A loop that remembers
    the lowest so far does as well.

    Inside the parent's `with` block, after the child runs: `mlflow.log_metric` once for
    `best_metric1`, `mlflow.log_param` twice. For the third task, `execute_tuning` gets
    `num_child_runs=5` as its last parameter and sends it on to `generate_run_names`.
    """
    calls, families = seen
    nothing = Finding("a function that does one of the tasks", "the starter")
    outcomes = [family.seen.outcome for family in families]
    if calls.described.empty or any(outcome.unfinished for outcome in outcomes):
        return nothing
    parameters = [name for name, *_ in calls.described.parameters or ()]
    if parameters != list(DEFAULTS)[:4] or any(outcome.error for outcome in outcomes):
        return None
    data = [run.data for family in families for run in family.seen.runs]
    logged = {name for d in data for name in [*d.metrics, *d.params, *d.tags]}
    return None if any(name.startswith("best") for name in logged) else nothing
