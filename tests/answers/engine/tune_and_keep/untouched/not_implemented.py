"""To be written."""


def tune_and_keep(draws, model_name):
    raise NotImplementedError
