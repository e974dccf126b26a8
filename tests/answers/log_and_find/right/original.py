"""The solution of the notebook."""

import mlflow


def log_and_find(run_name, trials):
    run_ids = []
    for param1, metric1 in trials:
        with mlflow.start_run(run_name=run_name) as run:
            mlflow.log_param("param1", param1)
            mlflow.log_metric("metric1", metric1)
        run_ids.append(run.info.run_id)
    found = mlflow.search_runs(order_by=["metrics.metric1"])
    return found[found["run_id"].isin(run_ids)]["run_id"].iloc[0]
