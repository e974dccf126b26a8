"""Ends the run by hand, and logs more than asked."""

import mlflow


def log_and_find(run_name, param1, metric1):
    mlflow.start_run(run_name=run_name, tags={"mine": "yes"})
    mlflow.log_params({"param1": param1, "param2": "d"})
    mlflow.log_metrics({"metric1": metric1, "metric2": 5.0})
    mlflow.end_run()
    found = mlflow.search_runs(
        filter_string=f"attributes.run_name = '{run_name}'", order_by=["metrics.metric1"]
    )
    return found["run_id"].iloc[0]
