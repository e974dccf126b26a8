"""The starter of the notebook."""

from helpers import children


def enough_runs(study_id):
    """Return from how many runs on eight of ten searches see the effect; None if never."""
    searches = children(study_id)
    return len(searches)
