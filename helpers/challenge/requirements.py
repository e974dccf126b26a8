"""What the challenge requires of `execute_tuning`, in the order in which students want to hear it.

Each requirement looks at one tuning, as `scratch` read it back from the server. Those that come
later rely on those before: a parent's children are looked at once there is one parent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mlflow.entities import Run

from helpers.challenge.tuning import DEFAULTS, Tuning, code
from helpers.tree import PARENT_TAG


@dataclass(frozen=True)
class Finding:
    """What was expected, and what was found instead (in Markdown), on which run."""

    expected: str
    found: str
    run: Run | None = None


@dataclass(frozen=True)
class Requirement:
    """One requirement: its test, its sentence, and where to look when it is not met."""

    unmet: Callable[[Tuning], Finding | None]
    title: str
    look: str

    @property
    def key(self) -> str:
        """The name under which HINTS has its hints."""
        return self.unmet.__name__


def names(runs: Iterable[Run]) -> str:
    """Return the names of runs as Markdown code, the first three of them."""
    quoted = [code(run.info.run_name) for run in runs]
    return ", ".join(quoted[:3]) + (f" and {len(quoted) - 3} more" if len(quoted) > 3 else "")


def accepts_parameters(tuning: Tuning) -> Finding | None:
    """Require the five parameters, all but the first with the starter's defaults."""
    if not tuning.refused:
        return None
    call = f"execute_tuning({', '.join(DEFAULTS)})"
    return Finding(f"a function for {code(call)}, and for the first of these alone", tuning.refused)


def runs_to_its_end(tuning: Tuning) -> Finding | None:
    """Require that the call raises nothing."""
    if not tuning.error:
        return None
    said, *where = tuning.error.splitlines()
    return Finding(
        "the call returns", code(said) + "".join(f", raised in {code(w)}" for w in where)
    )


def logs_where_it_is_told(tuning: Tuning) -> Finding | None:
    """Require that the runs are where the caller pointed MLflow, and that it still points there."""
    if not tuning.strayed:
        return None
    return Finding("runs in the experiment that was active before the call", tuning.strayed)


def one_parent(tuning: Tuning) -> Finding | None:
    """Require one run without a parent for each call."""
    found, runs = tuning.parents, tuning.runs
    if len(found) == 1:
        return None
    text = f"{len(found)} such runs: {names(found)}"
    if not found:
        text = f"none; {len(runs)} runs name a parent that this call did not make"
    if not runs:
        text = "none any more; a later call has deleted it"
    return Finding("one run that has no parent", text, next(iter(found or runs), None))


def exact_children(tuning: Tuning) -> Finding | None:
    """Require as many direct children as the call asked for."""
    wanted, found = tuning.wanted("num_child_runs"), tuning.children
    if len(found) == wanted:
        return None
    parent = tuning.parents[0]
    ids = {run.info.run_id for run in found}
    other = [run for run in tuning.runs if run is not parent and run.info.run_id not in ids]
    deeper = [run for run in other if run.data.tags[PARENT_TAG] in tuning.run_ids]
    text = f"{len(found)} under {code(parent.info.run_name)}"
    if deeper:
        text += f", and {len(deeper)} deeper, below another run: {names(deeper)}"
    if len(other) > len(deeper):
        text += f", and {len(other) - len(deeper)} under a run that this call did not make"
    return Finding(f"{wanted} direct child runs under the parent run", text, parent)


def all_finished(tuning: Tuning) -> Finding | None:
    """Require that every run has ended well."""
    for run in tuning.runs:
        still = run.info.run_id in tuning.left_open or run.info.status == "RUNNING"
        if still or run.info.status != "FINISHED":
            text = "still active when the call had returned" if still else run.info.status
            return Finding("every run FINISHED", f"{code(run.info.run_name)} is {text}", run)
    return None


def within_choices(tuning: Tuning) -> Finding | None:
    """Require parameters that are among the choices given."""
    for run in tuning.children:
        for param in ("param1", "param2"):
            choices = [str(choice) for choice in tuning.wanted(f"{param}_choices")]
            if run.data.params.get(param) not in choices:
                return Finding(
                    f"`{param}` of each child run one of {code(', '.join(choices))}",
                    f"{_value(run, 'params', param)} on {code(run.info.run_name)}",
                    run,
                )
    return None


def carries_identifier(tuning: Tuning) -> Finding | None:
    """Require the test identifier on the parent and on each child."""
    for run in [*tuning.parents, *tuning.children]:
        if run.data.tags.get("test_identifier") != tuning.ident:
            kind = "child" if PARENT_TAG in run.data.tags else "parent"
            return Finding(
                f"the tag `test_identifier` with the value {code(repr(tuning.ident))}",
                f"{_value(run, 'tags', 'test_identifier')} on the {kind} run "
                f"{code(run.info.run_name)}",
                run,
            )
    return None


def best_metric(tuning: Tuning) -> Finding | None:
    """Require the least metric1 of the children on their parent, exactly."""
    parent = tuning.parents[0]
    if not tuning.best:
        return Finding("a number as `metric1` on the child runs", "none on any of them", parent)
    least = tuning.best[0].data.metrics["metric1"]
    if parent.data.metrics.get("best_metric1") == least:
        return None
    return Finding(
        f"the metric `best_metric1` with the value {code(least)}, the least `metric1` of "
        f"{len(tuning.children)} child runs (that of {names(tuning.best)})",
        f"{_value(parent, 'metrics', 'best_metric1')} on {code(parent.info.run_name)}",
        parent,
    )


def best_params(tuning: Tuning) -> Finding | None:
    """Require both parameters of one child with the least metric1 on the parent."""
    parent = tuning.parents[0]
    found = tuple(parent.data.params.get(name) for name in ("best_param1", "best_param2"))
    pairs = [(run.data.params["param1"], run.data.params["param2"]) for run in tuning.best]
    if found in pairs:
        return None
    texts = [_value(parent, "params", name) for name in ("best_param1", "best_param2")]
    return Finding(
        f"the parameters `best_param1` and `best_param2` with the values "
        f"{' or '.join(code(', '.join(pair)) for pair in dict.fromkeys(pairs))}, those of "
        f"{names(tuning.best)}",
        f"{' and '.join(texts)} on {code(parent.info.run_name)}",
        parent,
    )


def _value(run: Run, kind: str, name: str) -> str:
    """Say what a run has under a name, or as what else, or what it has instead."""
    words = {"metrics": "metric", "params": "parameter", "tags": "tag"}
    for other in sorted(words, key=lambda other: other != kind):
        value = getattr(run.data, other).get(name)
        if value is not None:
            return f"`{name}` = {code(value)}" + (f" as a {words[other]}" if other != kind else "")
    others = [key for key in getattr(run.data, kind) if not key.startswith("mlflow.")]
    return f"no {words[kind]} `{name}`" + (f" (only {code(', '.join(others))})" if others else "")


REQUIREMENTS = (
    Requirement(
        accepts_parameters,
        "`execute_tuning` is a function that accepts the five parameters",
        "the line that begins with `def execute_tuning(`",
    ),
    Requirement(
        runs_to_its_end,
        "it runs to its end without an error",
        "that line; called in a cell of its own, with the same arguments, it shows the traceback",
    ),
    Requirement(
        logs_where_it_is_told,
        "it logs to the experiment that is active when it is called",
        "`set_experiment`, `set_tracking_uri` and `experiment_id=…` inside your functions, and "
        "whether the lines that log are reached",
    ),
    Requirement(
        one_parent,
        "each call makes one parent run",
        "each `mlflow.start_run`, and which of them say `nested=True`",
    ),
    Requirement(
        exact_children,
        "the parent run has exactly `num_child_runs` direct child runs",
        "how many names `generate_run_names` is asked for, and where each child run ends",
    ),
    Requirement(
        all_finished,
        "every run has ended as FINISHED",
        "what ends that run: a `with` block, or a call that may be missing",
    ),
    Requirement(
        within_choices,
        "the child runs keep to the choices given",
        "what `log_run` picks from, and what `execute_tuning` hands to it",
    ),
    Requirement(
        carries_identifier,
        "parent and child runs carry the test identifier",
        "`set_tag` in both functions, and the value that it is given",
    ),
    Requirement(
        best_metric,
        "`best_metric1` on the parent run is the least `metric1` of its child runs",
        "which values are compared, of which runs, and since when; of several values under one "
        "name, the server shows the one with the highest step",
    ),
    Requirement(
        best_params,
        "`best_param1` and `best_param2` on the parent run are those of that child run",
        "whether the metric and both parameters that you keep come from one and the same child run",
    ),
)
