"""Caught by knows_what_is_lost: Expected: `False`: the best combination is `a with e`

One kept value is taken for enough, or the lowest run of those inside.
"""

import mlflow

PARAMS, METRIC = ["params.param1", "params.param2"], "metrics.metric1"


def refine(test_identifier):
    found = mlflow.search_runs(filter_string=f"tags.test_identifier = '{test_identifier}'")
    means = found.groupby(PARAMS)[METRIC].mean()
    kept = [sorted(means.groupby(param).mean().nsmallest(2).index) for param in PARAMS]
    inside = found[PARAMS[0]].isin(kept[0]) & found[PARAMS[1]].isin(kept[1])
    best = means[means.index.isin(kept[0], level=0)].idxmin()
    return {
        "param1": kept[0],
        "param2": kept[1],
        "keeps_best": best[0] in kept[0],
        "runs_inside": int(inside.sum()),
    }
