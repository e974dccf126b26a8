"""The parts of a right answer to the exercise of lesson 07."""

import math

import mlflow
import optuna
from optuna.distributions import FloatDistribution
from optuna.samplers import TPESampler

from helpers import children

optuna.logging.set_verbosity(optuna.logging.WARNING)
SPACE = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}


def new_study(seed, **options):
    """Return a study that knows nothing."""
    return optuna.create_study(
        **{"direction": "maximize", "sampler": TPESampler(seed=seed), **options}
    )


def right_answers(C, gamma):
    """Return a result that depends on both parameters."""
    return int(280 - 20 * abs(math.log10(C) - 1) - 20 * abs(math.log10(gamma) + 2.5))


def counting(parent_id):
    """Return the rows of the children that count, oldest first."""
    runs = children(parent_id)
    runs = runs[runs["status"] == "FINISHED"]
    return runs[runs["metrics.right"].abs() < 1e308]


def add(study, rows):
    """Let the study know these children."""
    for _, run in rows.iterrows():
        params = {name: float(run[f"params.{name}"]) for name in SPACE}
        study.add_trial(
            optuna.trial.create_trial(
                params=params, distributions=SPACE, value=run["metrics.right"]
            )
        )


def log_trial(study, name="trial"):
    """Ask for a trial, log it as a child of the active run, and tell what came out."""
    trial = study.ask(SPACE)
    with mlflow.start_run(run_name=name, nested=True):
        mlflow.log_params(trial.params)
        right = right_answers(**trial.params)
        mlflow.log_metric("right", right)
    study.tell(trial, right)


def log_more(study, parent_id, num_trials):
    """Log more trials under a parent."""
    with mlflow.start_run(run_id=parent_id):
        for _ in range(num_trials):
            log_trial(study)
