"""Caught by accepts_arguments: Found: one for `tune_and_keep(draws, model_name, metric)`

A parameter more.
"""

from tests.answers.tuned import log_children


def tune_and_keep(draws, model_name, metric):
    log_children(draws)
