"""The solution of the notebook."""

from helpers import children


def children_that_count(parent_id):
    family = children(parent_id)
    if not {"tags.trial_key", "metrics.score"} <= set(family.columns):
        return []
    counts = family[(family["status"] == "FINISHED") & family["metrics.score"].abs().lt(1e308)]
    first = counts.dropna(subset="tags.trial_key").sort_values("start_time")
    return list(first.drop_duplicates("tags.trial_key")["run_id"])
