"""Read the runs of a sweep or of an experiment, and show them as a tree.

The tree contains neither run IDs nor times, so the same sweep, logged again, gives the same tree.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Iterable

from mlflow.entities import Run

from helpers import tracking
from helpers.outline import Branch, RunTree, count, rest
from helpers.tree import PARENT_TAG, all_runs, find_run

_MOST_PARAMS, _LONGEST = 4, 40


def show_tree(
    runs: str | Run | tracking.Experiment | Iterable[str | Run],
    metric: str = "metric1",
    limit: int = 25,
) -> RunTree:
    """Return the tree of a parent run, of several, or of a whole experiment.

    Each run is shown with its status, name and parameters, and a bar for the metric: the higher the
    value, the longer the bar. A parent without the metric gets a bar for `best_…`, if it has that
    one. A run whose parent is deleted is marked as an orphan.

    An experiment's runs come newest first, as in the MLflow UI. Child runs come oldest first; those
    in another experiment than their parent's are left out.

    Args:
        runs: a run or its run ID, several of either, or the experiment that `connect` returned.
        metric: the metric to show.
        limit: how many runs to show at the top, and under each parent; the others are counted.

    Raises:
        ServerUnreachable: no working tracking server answers.
        LookupError: there is no such run.
        ValueError: the limit is less than 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be 1 or more; got {limit!r}.")
    if isinstance(runs, tracking.Experiment):
        known = _Known(all_runs([runs.experiment_id]), metric, limit)
        top = known.without_parent()
        return known.tree(top[:limit], len(top))
    named = [runs] if isinstance(runs, str | Run) else list(runs)
    # A `Run` object shows the run as it was when MLflow returned it. So read each run again.
    run_ids = [run.info.run_id if isinstance(run, Run) else run for run in named[:limit]]
    shown = [find_run(run_id) for run_id in run_ids]
    experiment_ids = {run.info.experiment_id for run in shown}
    known = _Known(all_runs(sorted(experiment_ids)), metric, limit)
    return known.tree(shown, len(named))


class _Known:
    """The runs that are not deleted, with the children of each."""

    def __init__(self, runs: Iterable[Run], metric: str, limit: int) -> None:
        self.runs = {run.info.run_id: run for run in runs}
        self.metric, self.limit = metric, limit
        self.children = defaultdict[str, list[Run]](list)
        for run in self.runs.values():
            self.children[_parent_id(run)].append(run)

    def without_parent(self) -> list[Run]:
        """Return the runs that have no parent here, newest first."""
        newest_first = reversed(self.runs.values())
        return [run for run in newest_first if _parent_id(run) not in self.runs]

    def tree(self, shown: Iterable[Run], number: int) -> RunTree:
        """Return the tree with some runs at its top.

        Args:
            shown: these runs.
            number: how many there are, including those that are not shown.
        """
        top = tuple(self.branch(run) for run in shown)
        return RunTree(top, number - len(top))

    def branch(self, run: Run, above: frozenset[str] = frozenset()) -> Branch:
        """Return a run with the runs under it.

        Args:
            run: the run.
            above: the run IDs above it, so that no run is shown under itself.
        """
        above |= {run.info.run_id}
        children = [run for run in self.children[run.info.run_id] if run.info.run_id not in above]
        metric = next(
            (name for name in (self.metric, f"best_{self.metric}") if name in run.data.metrics), ""
        )
        value = _value(run.data.metrics.get(metric, math.nan))
        return Branch(
            name=_plain(run.info.run_name),
            status=run.info.status,
            note=self._note(run, len(children)),
            params=_params(run.data.params),
            metric=f"{_plain(metric)}={_number(value)}" if metric else "",
            value=value,
            children=tuple(self.branch(child, above) for child in children[: self.limit]),
            left_out=max(0, len(children) - self.limit),
        )

    def _note(self, run: Run, children: int) -> str:
        notes = ["deleted"] * (run.info.lifecycle_stage == "deleted")
        notes += ["orphan"] * (_parent_id(run) not in {"", *self.runs})
        notes += [count(children, "child run")] * bool(children)
        return ", ".join(notes)


def _parent_id(run: Run) -> str:
    """Return the run ID of a run's parent; empty if it has none or is its own parent."""
    parent_id = run.data.tags.get(PARENT_TAG, "")
    return "" if parent_id == run.info.run_id else parent_id


def _params(params: dict[str, str]) -> str:
    """Return the parameters as a string, as many as fit on a line."""
    named = [f"{_plain(name)}={_plain(value)}" for name, value in sorted(params.items())]
    return ", ".join(named[:_MOST_PARAMS] + rest(len(named) - _MOST_PARAMS, "parameter"))


def _value(stored: float) -> float:
    """Return infinity if MLflow has stored the largest float in its place."""
    return math.copysign(math.inf, stored) if abs(stored) >= sys.float_info.max else stored


def _number(value: float) -> str:
    is_usual = value == 0 or 0.001 <= abs(value) < 10_000
    return f"{value:.3f}" if is_usual else f"{value:.3g}"


def _plain(text: str) -> str:
    """Return a string on one line, without control characters, shortened if it is long."""
    plain = "".join(letter if letter.isprintable() else "�" for letter in text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
