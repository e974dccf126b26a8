"""Caught by the_study_knows_what_was_found: C =

Random draws, whatever is known.
"""

from optuna.samplers import RandomSampler

from tests.answers.resuming import add, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    study = new_study(seed + 1, sampler=RandomSampler(seed=seed + 1))
    add(study, counting(parent_id))
    log_more(study, parent_id, num_trials)
