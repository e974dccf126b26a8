"""Say what a call has changed of a run that was there before it."""

from exercises.engine.run import Run, code


def cause_of(what: str, was: object) -> str:
    """Name what a call has done to a run that was there before, if that is certain."""
    if what == "lifecycle_stage":
        return "deleted_older"
    if what in ("status", "end_time"):
        return "ended_older" if was in (None, "RUNNING") else "reopened"
    return "further_tag" if what.startswith("tags.") and was is None else ""


def change_of(run: Run | None, what: str, was: object, new: object) -> str:
    """Say in Markdown what is not as it was."""
    if run and what == "lifecycle_stage":
        return f"{run.title} is {new} now"
    if run and what == "end_time":
        return f"{run.title} was there before: it was opened again, or ended anew"
    subject = f"`{what}` of {run.title}" if run else what
    then, now = ("nothing" if one is None else code(one) for one in (was, new))
    return f"{subject} was {then} and is {now} now"
