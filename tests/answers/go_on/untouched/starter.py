"""The starter as it is."""

import optuna
from optuna.samplers import TPESampler


def go_on(parent_id, num_trials, seed):
    """Rebuild the study of a parent from its children, and add more trials under it."""
    study = optuna.create_study(direction="maximize", sampler=TPESampler(seed=seed))
    # 1. What does the study have to know?
    print(len(study.trials), "trials are known")
    # 2. Where do the new children go?
