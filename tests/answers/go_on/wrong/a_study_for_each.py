"""Caught by the_study_learns_of_new_trials: C =

The same study made again for each trial.
"""

from tests.answers.resuming import add, counting, log_more, new_study


def go_on(parent_id, num_trials, seed):
    known = counting(parent_id)
    for _ in range(num_trials):
        study = new_study(seed)
        add(study, known)
        log_more(study, parent_id, 1)
