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


TAGGED = (
    "`set_tag`: on which run it sets the tag",
    (
        "The tag belongs on the children. On which run does your line set it?",
        "`mlflow.set_tag` sets a tag on the active run, and that is the parent here.",
        "`MlflowClient().set_tag(run_id, …, …)` says on which run; the parent gets no such tag.",
    ),
)
NAMED = (
    "`run_name=…`: where the new run gets its name from",
    (
        "Each call gives a name. What does your run make of it?",
        "Without `run_name=…`, MLflow invents a name.",
        "`mlflow.start_run(run_name=name)`: the variable, without quotes.",
    ),
)
