"""The parts of a right answer to the exercise of lesson 08."""

from helpers import children

KEY, SCORE = "tags.trial_key", "metrics.score"


def sound(parent_id):
    """Return the rows of the finished children with a finite score and a key, first one first."""
    family = children(parent_id)
    if not {KEY, SCORE} <= set(family.columns):
        return family.iloc[:0].assign(**{KEY: None, SCORE: None})
    family = family[(family["status"] == "FINISHED") & family[SCORE].abs().lt(1e308)]
    return family.dropna(subset=KEY).sort_values("start_time")
