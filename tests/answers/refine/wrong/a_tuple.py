"""Caught by returns_answers: Found: a `tuple`

The answers without their names.
"""

import mlflow

PARAMS, METRIC = ["params.param1", "params.param2"], "metrics.metric1"


def refine(test_identifier):
    found = mlflow.search_runs(filter_string=f"tags.test_identifier = '{test_identifier}'")
    means = found.groupby(PARAMS)[METRIC].mean()
    kept = [sorted(means.groupby(param).mean().nsmallest(2).index) for param in PARAMS]
    inside = found[PARAMS[0]].isin(kept[0]) & found[PARAMS[1]].isin(kept[1])
    best = means.idxmin()
    return kept[0], kept[1], best[0] in kept[0], int(inside.sum())
