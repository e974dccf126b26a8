"""Asks the server for FINISHED runs, and counts the coins with fewer heads."""

import math
from math import comb

import mlflow
from mlflow import MlflowClient


def compare(study_id):
    """Return how many pairs TPE won, tied and lost, and by what chance."""
    client = MlflowClient()
    experiment_id = mlflow.get_run(study_id).info.experiment_id

    def finished(parent_id):
        query = f"tags.mlflow.parentRunId = '{parent_id}' AND attributes.status = 'FINISHED'"
        return client.search_runs([experiment_id], query)

    results = {"TPE": {}, "random": {}}
    for search in finished(study_id):
        rights = [run.data.metrics.get("right", math.nan) for run in finished(search.info.run_id)]
        rights = [right for right in rights if not math.isnan(right)]
        results[search.data.tags["sampler"]][search.data.tags["seed"]] = rights
    counts = {"won": 0, "tied": 0, "lost": 0}
    for seed, rights in results["TPE"].items():
        others = results["random"].get(seed, [])
        if rights and len(rights) == len(others):
            gain = max(rights) - max(others)
            counts["won" if gain > 0 else "lost" if gain < 0 else "tied"] += 1
    tosses = counts["won"] + counts["lost"]
    fewer = sum(comb(tosses, heads) for heads in range(counts["won"]))
    return {**counts, "by_chance": 1 - fewer / 2**tosses}
