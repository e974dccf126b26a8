"""Takes runs instead of a table."""

import mlflow


def log_and_find(run_name, param1, metric1):
    with mlflow.start_run(run_name=run_name):
        mlflow.log_param("param1", param1)
        mlflow.log_metric("metric1", metric1)
    found = mlflow.search_runs(
        filter_string=f'attributes.run_name = "{run_name}"',
        order_by=["metrics.metric1 ASC"],
        max_results=1,
        output_format="list",
    )
    return found[0].info.run_id
