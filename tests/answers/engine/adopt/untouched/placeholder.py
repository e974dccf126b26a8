"""Three dots."""


def adopt(run_ids, name): ...
