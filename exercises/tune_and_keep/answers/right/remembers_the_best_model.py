"""The best so far remembered; its child opened again while the parent is active; more is logged."""

import mlflow


def tune_and_keep(draws, model_name):
    highest = -1
    with mlflow.start_run(tags={"kind": "neighbors"}) as parent:
        for params in draws:
            with mlflow.start_run(nested=True) as child:
                model, accuracy = fit_and_score(**params)
                mlflow.log_params({**params, "algorithm": "brute"})
                mlflow.log_metrics({"accuracy": accuracy, "error": 1 - accuracy})
            if accuracy > highest:
                highest, best, best_id = accuracy, model, child.info.run_id
        mlflow.log_metric("best_accuracy", highest)
        with mlflow.start_run(run_id=best_id, nested=True):
            logged = mlflow.sklearn.log_model(
                best,
                name="model",
                signature=SIGNATURE,
                pip_requirements=NEEDS,
                registered_model_name=model_name,
            )
    version = logged.registered_model_version
    mlflow.MlflowClient().set_registered_model_alias(model_name, "champion", version)
    return parent.info.run_id
