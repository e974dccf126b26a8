"""An empty body."""


def tune_and_keep(draws, model_name): ...
