"""Nothing but a name."""


def find_runs(test_identifier, param1, limit):
    pass
