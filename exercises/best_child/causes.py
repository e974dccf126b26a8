"""Why a best value is missing or wrong, where that is certain; the words are in the TOML file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import numpy as np
from mlflow.entities import Run

from exercises.best_child.family import BEST_PARAMS, best, best_pair, children, metric1, pair
from exercises.engine import Record

_KINDS = ("metrics", "params", "tags")


def of_metric(parent: Run, runs: Sequence[Run], others: Iterable[Run]) -> str:
    """Say why `best_metric1` on a parent run is missing or wrong; empty if one call cannot tell.

    Args:
        parent: the parent run.
        runs: its child runs.
        others: the runs that were there before the call.
    """
    found = parent.data.metrics.get("best_metric1")
    if found is None:
        return _where("best_metric1", parent, runs)
    digits = len(repr(abs(found)).replace(".", "").strip("0"))
    if digits < 3 or abs(found) > 1e300 or found in map(metric1, runs):  # it may be a constant
        return ""
    if found in _shortened(metric1(best(runs)[0])):
        return "rounded"
    return "of_another_run" if digits > 9 and found in map(metric1, others) else ""


def of_params(parent: Run, runs: Sequence[Run]) -> str:
    """Say why a best parameter is missing; empty if both are there.

    Args:
        parent: the parent run.
        runs: its child runs.
    """
    missing = [name for name in BEST_PARAMS if name not in parent.data.params]
    return _where(missing[0], parent, runs) if missing else ""


def _where(name: str, parent: Run, runs: Sequence[Run]) -> str:
    """Say where a value is that a parent run lacks."""
    kinds = [getattr(parent.data, kind) for kind in _KINDS]
    if any(name in values for values in kinds):
        return "of_another_kind"
    if any(name in getattr(run.data, kind) for run in runs for kind in _KINDS):
        return "on_the_children"
    near = get_close_matches(name, [own for values in kinds for own in values], cutoff=0.7)
    return "a_name_nearly_right" if set(near) - {"best_metric1", *BEST_PARAMS} else "missing"


def _shortened(value: float) -> list[float]:
    """Return what a number becomes with fewer digits."""
    rounded = [round(value, digits) for digits in range(1, 16)]
    formatted = [float(f"{value:.{digits}g}") for digits in range(1, 16)]
    with np.errstate(over="ignore"):
        return [*rounded, *formatted, float(np.float32(value))]


def of_every_metric(records: Sequence[Record]) -> str:
    """Say whose metric1 the parent run has in every single call; empty if no guess fits them all.

    Args:
        records: the calls.
    """
    fits = []
    for record in records:
        found = record.parents[0].data.metrics.get("best_metric1")
        values = [metric1(run) for run in children(record)]
        fits.append(
            {
                "of_the_last": [found] == values[-1:],
                "of_the_first": [found] == values[:1],
                "the_highest": found == max(values, default=None),
            }
        )
    return _in_all(fits)


def of_all_params(records: Sequence[Record]) -> str:
    """Say whose parameters the parent run has in every single call; empty if no guess fits.

    Args:
        records: the calls.
    """
    fits = []
    for record in records:
        runs, found = children(record), best_pair(record.parents[0])
        fits.append(
            {
                "exchanged": found[::-1] in map(pair, best(runs)),
                "of_the_last": found in map(pair, runs[-1:]),
                "of_the_first": found in map(pair, runs[:1]),
            }
        )
    return _in_all(fits)


def _in_all(fits: Sequence[dict[str, bool]]) -> str:
    """Return the name of the guess that fits each call; a few calls would not make it certain."""
    names = fits[0] if len(fits) > 4 else {}
    return next((name for name in names if all(fit[name] for fit in fits)), "")
