"""To be written."""


def go_on(parent_id, num_trials, seed):
    raise NotImplementedError
