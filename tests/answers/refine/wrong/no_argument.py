"""Caught by accepts_arguments: a function for `refine('space_1')`

The identifier is not an argument.
"""

import mlflow

PARAMS, METRIC = ["params.param1", "params.param2"], "metrics.metric1"


def refine():
    found = mlflow.search_runs(filter_string="tags.test_identifier = 'params_test_3'")
    means = found.groupby(PARAMS)[METRIC].mean()
    kept = [sorted(means.groupby(param).mean().nsmallest(2).index) for param in PARAMS]
    inside = found[PARAMS[0]].isin(kept[0]) & found[PARAMS[1]].isin(kept[1])
    best = means.idxmin()
    return {
        "param1": kept[0],
        "param2": kept[1],
        "keeps_best": best[0] in kept[0] and best[1] in kept[1],
        "runs_inside": int(inside.sum()),
    }
