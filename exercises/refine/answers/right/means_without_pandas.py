"""Without pandas."""

import math
import os
from collections import defaultdict
from itertools import product
from statistics import mean

from mlflow import MlflowClient


def refine(test_identifier):
    results = defaultdict(list)
    for run in MlflowClient().search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]]):
        params, result = run.data.params, run.data.metrics.get("metric1", math.nan)
        if run.data.tags.get("test_identifier") == test_identifier and not math.isnan(result):
            results[params["param1"], params["param2"]].append(result)
    means = {pair: mean(values) for pair, values in results.items()}
    kept = []
    for place in (0, 1):
        by_value = defaultdict(list)
        for pair, value in means.items():
            by_value[pair[place]].append(value)
        kept.append(sorted(by_value, key=lambda value: mean(by_value[value]))[:2])
    keeps_best = min(means, key=means.get) in product(*kept)
    return {"param1": kept[0], "param2": kept[1], "keeps_best": keeps_best}
