"""What the exercise of lesson 02 says to one particular cause: where to look, and hints."""

from __future__ import annotations

from mlflow.entities import Run


def cause(run: Run, value: str | None, parent: Run) -> tuple[str, tuple[str, ...]] | tuple[()]:
    """Return where to look and hints for a wrong value of the tag; nothing if any could be it.

    Args:
        run: the run that was to be a child.
        value: the tag's.
        parent: the run that the call made.
    """
    call = '`MlflowClient().set_tag(run_id, "mlflow.parentRunId", parent.info.run_id)`.'
    if value == parent.info.run_name:
        return (
            "the value of the tag: it is the parent's name",
            ("Names repeat. What of a run never does?", "The value is the parent's run id.", call),
        )
    if value == run.info.run_id:
        return (
            "the value of the tag: it is the run's own id",
            (
                "Two run ids are at work here: whose is whose?",
                "The first argument says which run gets the tag, the third one who its parent is.",
                call,
            ),
        )
    return ()
