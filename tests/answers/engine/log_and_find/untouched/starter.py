"""The starter as it is."""


def log_and_find(run_name, param1, metric1):
    """Log a run; return the run id of the best run of that name."""
