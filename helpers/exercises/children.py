"""What the child runs of a tuning have to be: counted, finished, tagged, in the space."""

from __future__ import annotations

from helpers.exercises.family import Family
from helpers.exercises.requirement import Finding, code, names, requirement, value_of
from helpers.tree import PARENT_TAG


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
    return Finding(f"{wanted} direct child runs under the parent run", text, parent)


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
    for run in family.seen.runs:
        still = run.info.run_id in family.seen.outcome.left_open or run.info.status == "RUNNING"
        if still or run.info.status != "FINISHED":
            text = "still active when the call had returned" if still else run.info.status
            return Finding("every run FINISHED", f"{code(run.info.run_name)} is {text}", run)
    return None


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
    for run in [*family.parents, *family.children]:
        if run.data.tags.get("test_identifier") != family.ident:
            kind = "child" if PARENT_TAG in run.data.tags else "parent"
            return Finding(
                f"the tag `test_identifier` with the value {code(repr(family.ident))}",
                f"{value_of(run, 'tags', 'test_identifier')} on the {kind} run "
                f"{code(run.info.run_name)}",
                run,
            )
    return None
