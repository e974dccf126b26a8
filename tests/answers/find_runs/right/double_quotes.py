"""Double quotation marks, which fit any identifier without one."""

import mlflow


def find_runs(test_identifier, param1, limit):
    narrow = f'tags.test_identifier = "{test_identifier}" and params.param1 = "{param1}"'
    found = mlflow.search_runs(filter_string=f"{narrow} and metrics.metric1 < {limit}")
    return [*found["run_id"]]
