"""Caught by the_study_knows_what_was_found: C =

MLflow stores infinity as a number that is finite.
"""

import math

from helpers import children
from tests.answers.resuming import add, log_more, new_study


def go_on(parent_id, num_trials, seed):
    runs = children(parent_id)
    study = new_study(seed)
    done = runs["status"] == "FINISHED"
    add(study, runs[done & runs["metrics.right"].map(math.isfinite)])
    log_more(study, parent_id, num_trials)
