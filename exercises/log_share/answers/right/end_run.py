"""Without a `with` block: the run is ended by hand, whatever becomes of it."""

import mlflow


def done(parent_id):
    query = f"attributes.status = 'FINISHED' and tags.`mlflow.parentRunId` = '{parent_id}'"
    runs = mlflow.search_runs(filter_string=query, output_format="list")
    return {run.data.params.get("x") for run in runs}


def log_share(share, train, parent_id):
    known = done(parent_id)
    for x in share:
        if f"{x}" in known:
            continue
        mlflow.start_run(parent_run_id=parent_id, run_name=f"x = {x}", tags={"worker": "1"})
        status = "FAILED"
        try:
            mlflow.log_param("x", x)
            mlflow.log_metric("score", train(x))
            status = "FINISHED"
            known.add(f"{x}")
        except Exception as error:
            mlflow.set_tag("error", str(error))
        finally:
            mlflow.end_run(status)
