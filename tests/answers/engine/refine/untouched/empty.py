"""Nothing but a name."""


def refine(test_identifier): ...
