"""The best so far remembered in the loop; what repeats a child is its parameters as well."""

import mlflow


def log_family(parameters, train, seed, about, direction):
    best = None
    with mlflow.start_run() as parent:
        for params in parameters:
            try:
                with mlflow.start_run(nested=True) as child:
                    mlflow.log_params({**params, **about, "seed": seed})
                    score = train(dict(params), seed)
                    mlflow.log_metric("score", score)
            except Exception:
                print("NOISE")
                continue
            if score != score:
                continue
            better = best is None or (score < best if direction == "minimize" else score > best)
            if better:
                best, best_params, best_id = score, params, child.info.run_id
        mlflow.log_metric("best_score", best)
        mlflow.log_params({f"best_{name}": value for name, value in best_params.items()})
        mlflow.set_tags({"best_run_id": best_id, "note": "further things are welcome"})
    return parent.info.run_id
