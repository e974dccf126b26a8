"""To be written."""


def children_that_count(parent_id):
    raise NotImplementedError
