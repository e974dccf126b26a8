"""Without pandas."""

import os
from collections import defaultdict
from itertools import product
from statistics import mean

from mlflow import MlflowClient


def refine(test_identifier):
    runs = MlflowClient().search_runs(
        [os.environ["MLFLOW_EXPERIMENT_ID"]], f"tags.test_identifier = '{test_identifier}'"
    )
    results = defaultdict(list)
    for run in runs:
        if "param1" in run.data.params:
            pair = run.data.params["param1"], run.data.params["param2"]
            results[pair].append(run.data.metrics["metric1"])
    means = {pair: mean(values) for pair, values in results.items()}
    kept = []
    for place in (0, 1):
        by_value = defaultdict(list)
        for pair, value in means.items():
            by_value[pair[place]].append(value)
        kept.append(sorted(by_value, key=lambda value: mean(by_value[value]))[:2])
    space = set(product(*kept))
    return {
        "param1": kept[0],
        "param2": kept[1],
        "keeps_best": min(means, key=means.get) in space,
        "runs_inside": sum(len(values) for pair, values in results.items() if pair in space),
    }
