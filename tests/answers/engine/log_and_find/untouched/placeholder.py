"""Three dots."""


def log_and_find(run_name, param1, metric1): ...
