"""What a function that logs a parent run with its children has to do, whatever else it does.

Each requirement looks at one call of it, as the server has it afterwards.
"""

from __future__ import annotations

from typing import Any

from helpers.exercises import any_call
from helpers.exercises.causes import CAUSES
from helpers.exercises.observing import Seen
from helpers.exercises.requirement import Finding, code, names, requirement, value_of
from helpers.tree import PARENT_TAG

# The parameters that execute_tuning must accept, and their values where none are given.
DEFAULTS: dict[str, Any] = {
    "test_no": 0,
    "param1_choices": ("a", "b", "c"),
    "param2_choices": ("d", "e", "f"),
    "test_identifier": "",
    "num_child_runs": 5,
}


class Family(Seen):
    """One call, and the parent run and the children that it left."""

    @property
    def asked(self) -> dict[str, Any]:
        """The five values that it was called with, also those that were left to the defaults."""
        call = self.seen.call
        return DEFAULTS | dict(zip(DEFAULTS, call.args, strict=False)) | dict(call.kwargs)


@requirement()
def runs_to_its_end(family: Family) -> Finding | None:
    """it runs to its end without an error

    that line; called in a cell of its own, with the same arguments, it shows the traceback

    Read the sentence and the line of yours that the check shows. Then call `execute_tuning` in a
    cell of its own, with the same arguments.

    Would it do for a single child run? For choices that are not a to f? For two calls one after
    the other? In another experiment than this notebook's? The check tries them all.

    Two frequent ones: a run that starts inside another needs `nested=True`. And a parameter
    cannot be logged twice with two values, unlike a metric: log `best_param1` and `best_param2`
    once, after the last child run.
    """
    return any_call.runs_to_its_end.unmet(family)


@requirement("runs_to_its_end")
def logs_where_it_is_told(family: Family) -> Finding | None:
    """it logs to the experiment that is active when it is called

    `set_experiment`, `set_tracking_uri` and `experiment_id=…` inside your functions, and whether
    the lines that log are reached

    Who says where runs go: the function, or whoever calls it?

    `connect(…)` at the top of the notebook has said it. Inside `execute_tuning` and `log_run`,
    nothing about a server or an experiment is needed.

    Take `mlflow.set_experiment`, `mlflow.set_tracking_uri` and `experiment_id=…` out of both
    functions. If no run arrives at all: is there a `yield`, or a `starmap` that nothing goes
    through?
    """
    return any_call.stays_where_it_is.unmet(family)


@requirement("logs_where_it_is_told")
def one_parent(family: Family) -> Finding | None:
    """each call makes one parent run

    each `mlflow.start_run`, and which of them say `nested=True`

    Which runs should stand at the top of the experiment? One for each call.

    A run becomes a child if it starts while its parent is active, with `nested=True`.

    One `with mlflow.start_run(run_name=…):` around everything else in `execute_tuning`, and
    `nested=True` in `log_run` only. In a thread of its own, a child run needs `parent_run_id=…`
    as well.
    """
    found, runs = family.parents, family.seen.runs
    if len(found) == 1:
        return None
    text = f"{len(found)} such runs: {names(found)}"
    if not found:
        text = f"none; {len(runs)} runs name a parent that this call did not make"
    if not runs:
        text = "none any more; a later call has deleted it"
    late = [run for run in found if run.info.run_id in family.seen.outcome.left_open]
    logged = " ".join(name for run in late for name in [*run.data.metrics, *run.data.params])
    cause = CAUSES["after the block"] if "best" in logged else None
    run = next(iter([*found, *runs]), None)
    return Finding("one run that has no parent", text, run, cause)


@requirement("accepts_parameters", "one_parent")
def exact_children(family: Family) -> Finding | None:
    """the parent run has exactly `num_child_runs` direct child runs

    how many names `generate_run_names` is asked for, and where each child run ends

    Each name becomes a child run. Who decides how many names there are?

    `generate_run_names` has a second parameter: 5, unless somebody says otherwise.

    `generate_run_names(test_no, num_child_runs)`. And a child run must have ended before the next
    one starts, or the next one hangs below it; the `with` block in `log_run` sees to that.
    """
    wanted, found, parent = family.asked["num_child_runs"], family.children, family.parents[0]
    if len(found) == wanted:
        return None
    ids, own = {run.info.run_id for run in found}, {run.info.run_id for run in family.seen.runs}
    other = [r for r in family.seen.runs if r is not parent and r.info.run_id not in ids]
    deeper = [run for run in other if run.data.tags[PARENT_TAG] in own]
    text = f"{len(found)} under {code(parent.info.run_name)}"
    if deeper:
        text += f", and {len(deeper)} deeper, below another run: {names(deeper)}"
    if len(other) > len(deeper):
        text += f", and {len(other) - len(deeper)} under a run that this call did not make"
    runs = "1 direct child run" if wanted == 1 else f"{wanted} direct child runs"
    return Finding(f"{runs} under the parent run", text, parent)


@requirement("one_parent")
def all_finished(family: Family) -> Finding | None:
    """every run has ended as FINISHED

    what ends that run: a `with` block, or a call that may be missing

    A run is active until something ends it. What ends this one?

    The end of a `with mlflow.start_run(…):` block does: as FINISHED, or as FAILED if an exception
    passes through it, even one that is caught further out.

    Without `with`, each `mlflow.start_run()` needs an `mlflow.end_run()`, and each
    `client.create_run()` a `client.set_terminated(run_id)`.
    """
    return any_call.unfinished(family)


@requirement("one_parent")
def within_choices(family: Family) -> Finding | None:
    """the child runs keep to the choices given

    what `log_run` picks from, and what `execute_tuning` sends to it

    Where do the values come from that a child run logs?

    Not from lists inside `log_run`, but from the choices that `execute_tuning` was given. Both of
    them have to travel all the way.

    `random.choice(param1_choices)` is `param1`, `random.choice(param2_choices)` is `param2`, and
    `partial` hands on both lists.
    """
    for run in family.children:
        for param in ("param1", "param2"):
            choices = [str(choice) for choice in family.asked[f"{param}_choices"]]
            if run.data.params.get(param) not in choices:
                return Finding(
                    f"`{param}` of each child run one of {code(', '.join(choices))}",
                    f"{value_of(run, 'params', param)} on {code(run.info.run_name)}",
                    run,
                )
    return None


@requirement("one_parent")
def carries_identifier(family: Family) -> Finding | None:
    """parent and child runs carry the test identifier

    `set_tag` in both functions, and the value that it is given

    The tag belongs on the parent run and on each of its child runs. Which of them lack it?

    The starter turns an empty identifier into `"default"` once, and uses that everywhere.

    `mlflow.set_tag("test_identifier", ident)` for the parent, `tag_ident=ident` for its child
    runs: the same `ident`.
    """
    ident = family.asked["test_identifier"] or "default"
    for run in [*family.parents, *family.children]:
        if run.data.tags.get("test_identifier") != ident:
            kind = "child" if PARENT_TAG in run.data.tags else "parent"
            return Finding(
                f"the tag `test_identifier` with the value {code(repr(ident))}",
                f"{value_of(run, 'tags', 'test_identifier')} on the {kind} run "
                f"{code(run.info.run_name)}",
                run,
            )
    return None
