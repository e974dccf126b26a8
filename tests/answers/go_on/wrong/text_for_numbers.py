"""Caught by runs_to_its_end: Found: `TypeError

Parameters come back as text.
"""

from tests.answers.resuming import counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed)
    for _, run in counting(parent_id).iterrows():
        study.enqueue_trial({"C": run["params.C"] * 1.0, "gamma": float(run["params.gamma"])})
    log_more(study, parent_id, num_trials)
