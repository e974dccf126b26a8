"""Each parameter by a call of its own; failed trials are added as what they are."""

import mlflow
import optuna

from helpers import children
from tests.answers.resuming import SPACE, new_study, right_answers


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    for _, run in children(parent_id).iterrows():
        counts = run["status"] == "FINISHED" and abs(run["metrics.right"]) < 1e308
        study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState.COMPLETE if counts else optuna.trial.TrialState.FAIL,
                params={name: float(run[f"params.{name}"]) for name in SPACE},
                distributions=SPACE,
                value=run["metrics.right"] if counts else None,
            )
        )
    with mlflow.start_run(run_id=parent_id):
        for _ in range(num_trials):
            trial = study.ask()
            C = trial.suggest_float("C", 1e-2, 1e4, log=True)
            gamma = trial.suggest_float("gamma", 1e-5, 10, log=True)
            with mlflow.start_run(nested=True):
                mlflow.log_params({"C": C, "gamma": gamma})
                mlflow.log_metric("right", right_answers(C, gamma))
            study.tell(trial, right_answers(C, gamma))
