"""The study asks for what has been, and is told."""

import mlflow

from tests.answers.resuming import SPACE, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    for _, run in counting(parent_id).iterrows():
        study.enqueue_trial({name: float(run[f"params.{name}"]) for name in SPACE})
        study.tell(study.ask(SPACE), run["metrics.right"])
    log_more(study, parent_id, num_trials)
    return mlflow.get_run(parent_id)
