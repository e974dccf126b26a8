"""The solution of the notebook."""

from helpers import children


def enough_runs(study_id):
    """Return from what number of runs eight in ten see the effect, or None."""
    searches = children(study_id)
    if "metrics.share" not in searches:
        return None
    finished = searches[searches["status"] == "FINISHED"]
    counts = finished.dropna(subset=["metrics.share"])
    sizes = counts["params.num_runs"].astype(int)
    power = (counts["metrics.share"] <= 0.05).groupby(sizes).mean()
    enough = None
    for num_runs in sorted(power.index, reverse=True):
        if power[num_runs] < 0.8:
            break
        enough = num_runs
    return enough
