"""The best child from a table; trained first, then logged, and the last of those that tie."""

import mlflow


def log_family(parameters, train, seed, about, direction):
    with mlflow.start_run(run_name="family", tags={**about, "seed": str(seed)}) as parent:
        for params in reversed(parameters):
            mlflow.start_run(nested=True)
            mlflow.log_params(params)
            try:
                mlflow.log_metric("score", train(params, seed))
                mlflow.end_run()
            except Exception:
                mlflow.end_run("FAILED")
        runs = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
        runs = runs.dropna(subset="metrics.score").sort_values(
            "metrics.score", ascending=direction == "minimize", kind="stable"
        )
        best = runs.iloc[0]
        mlflow.log_metric("best_score", best["metrics.score"])
        mlflow.set_tag("best_run_id", best["run_id"])
        for column, value in best.items():
            if column.startswith("params.") and value is not None:
                mlflow.log_param(column.replace("params.", "best_"), value)
    return parent.info.run_id
