"""The starter of the notebook."""

from helpers import children


def enough_runs(study_id):
    """Return from what number of runs eight in ten see the effect, or None."""
    searches = children(study_id)
    return len(searches)
