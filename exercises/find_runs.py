"""The exercise of lesson 03: find exactly the runs that three conditions describe."""

from __future__ import annotations

from collections.abc import Iterator

from exercises.engine import Call, Described, Exercise, Finding, Logged, Record, Step, World
from exercises.engine.shared import came_back
from exercises.engine.text import code, names

exercise = Exercise.load(__file__)
LIMIT = 0.12345678901234568
BELOW, ABOVE = 0.12345678901234566, 0.1234567890123457  # the next numbers that there are
ASKED = [
    ("default", "a", 0),  # some of the month's runs
    ("drop_10%", "x_1", LIMIT),
    ("last year's", 'The "big" one ', 0.5),
    ("C:\\New\\runs ", "x", 0.5),
    ("drop_", "x_1", 0.5),  # no run
    ("night", "x", -0.5),  # more than 100 runs
]
NEAR = {  # what nearly is an identifier or a param1 that the function is asked for
    "drop_10%": ["drop_10", "drop_100", "drop-10%", "drop_10% ", " drop_10%", "Drop_10%"],
    "x_1": ["x_", "x_12", "x-1", "x_1 ", " x_1", "X_1"],
    "last year's": ["last years", "last year-s", "last year''s", "last year\\'s"],
    'The "big" one ': ["The big one ", "The 'big' one ", 'The "big" one', 'The \\"big\\" one '],
    "C:\\New\\runs ": ["C:/New/runs ", "C:\\\\New\\\\runs ", "C:\\New\\runs"],
}


def run(label: str, tag: str, param1: str, value: float | None = 0.1, parent: str = "") -> Logged:
    """Return a run of a search that is still going on; others have the same name."""
    metrics = {"metric2": -1.0} | ({} if value is None else {"metric1": value})
    params, tags = {"param1": param1, "param2": "x_1"}, {"test_identifier": tag}
    return Logged(
        label, f"trial_{label.partition('_')[0]}", params, metrics, tags, parent, "RUNNING"
    )


def world() -> list[Logged]:
    """Return the searches that are asked for, and runs that nearly belong to them."""
    runs = [Logged("drop", "parent_run_test_drop_10%_0", tags={"test_identifier": "drop_10%"})]
    metrics = {"child": 0.1, "grandchild": BELOW, "limit": LIMIT, "above": ABOVE, "none": None}
    parents = {"child": "drop", "grandchild": "child", "none": "drop"}
    for label, value in metrics.items():
        runs.append(run(label, "drop_10%", "x_1", value, parents.get(label, "")))
    for n, (ident, param1, _) in enumerate(ASKED[1:4]):
        pairs = [(near, param1) for near in (ident, *NEAR[ident])]
        pairs += [(ident, near) for near in NEAR.get(param1, [])]
        runs += [run(f"{n}_{number}", *pair) for number, pair in enumerate(pairs)]
    runs += [run(f"night_{n}", "night", "x", -1 - n / 128) for n in range(101)]
    runs.append(run("night_limit", "night", "x", -0.5))
    return [*runs, run("braces", "{test_identifier}", "a", -1.0)]


def calls(world: World, described: Described) -> Iterator[Step]:
    """Yield the calls; the second one comes again when there are more runs."""
    yield from (Step(Call(asked)) for asked in ASKED)
    new = [run(f"new_{n}", "drop_10%", "x_1", n - 1.0) for n in range(3)]
    yield Step(Call(ASKED[1]), first=new)


def misfit(run: Logged, call: Call) -> str:
    """Say which condition a run does not meet; empty if it meets all."""
    tag, param1 = run.tags.get("test_identifier"), run.params.get("param1")
    metric1 = run.metrics.get("metric1", "missing")
    conditions = {
        "it is in another experiment": not run.beside,
        "it is deleted": not run.deleted,
        f"its `test_identifier` is {code(repr(tag))}": tag == call.args[0],
        f"its `param1` is {code(repr(param1))}": param1 == call.args[1],
        f"its `metric1` is {metric1}": isinstance(metric1, float) and metric1 < call.args[2],
    }
    return next((why for why, met in conditions.items() if not met), "")


@exercise.requirement
def returns_run_ids(record: Record) -> Finding | None:
    """Tell whether a list came back, each of its items the id of a run."""
    if record.outcome.returned != "list" or record.value is None:
        return Finding("a list of run ids", came_back(record.outcome))
    known = [run.run_id for run in record.world.runs]
    odd = [code(repr(item)) for item in record.value if item not in known]
    found = f"{''.join(odd[:1])} in the list, which is not the id of a run in this experiment"
    return Finding("a list of run ids", found) if odd else None


@exercise.requirement
def misses_none(record: Record) -> Finding | None:
    """Tell whether every run that is described came back."""
    right = [run.run_id for run in record.world.runs if not misfit(run, record.call)]
    missing = [record.after[run_id] for run_id in right if run_id not in record.value]
    expected = f"the runs that meet all three conditions, {len(right)} in number"
    cause = "no_f" if record.value == [record.world["braces"]] else ""
    return Finding(expected, f"without {names(missing)}", missing[0], cause) if missing else None


@exercise.requirement
def finds_no_other(record: Record) -> Finding | None:
    """Tell whether no other run came back, and none twice."""
    known = {run.run_id: run for run in record.world.runs}
    for number, run_id in enumerate(record.value):
        twice = "it is there twice" if run_id in record.value[:number] else ""
        if why := misfit(known[run_id], record.call) or twice:
            found = f"{names([record.after[run_id]])} as well: {why}"
            return Finding("no other run, and each one once", found, record.after[run_id])
    return None


exercise.calls, exercise.world = calls, world
check, hint, solution = exercise.check, exercise.hint, exercise.solution
