"""The starter as it is."""


def log_and_find(run_name, trials):
    """Log a run for each trial; return the run id of the best of these runs."""
