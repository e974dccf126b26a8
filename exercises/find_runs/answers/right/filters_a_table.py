"""The tag in the filter, the rest in pandas."""

import mlflow


def find_runs(test_identifier, param1, limit):
    found = mlflow.search_runs(filter_string=equals("tags.test_identifier", test_identifier))
    if "tags.mlflow.parentRunId" not in found:
        return []
    found = found[found["tags.mlflow.parentRunId"].notna()]
    good = found[(found["params.param1"] == param1) & (found["metrics.metric1"] < limit)]
    return good["run_id"].tolist()
