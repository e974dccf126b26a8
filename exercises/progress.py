"""Show the student all checks so far, from the runs in *My progress*."""

import os
from pathlib import Path

import mlflow
import pandas as pd
from IPython.core.display_functions import display
from matplotlib.ticker import MaxNLocator

from exercises.engine.progress import EXPERIMENT
from exercises.solved import functions
from helpers.plots import picture
from helpers.tracking import Experiment, find_experiment
from helpers.tree import PARENT_TAG

# The columns of the table, and the metrics of a parent run that they show.
COLUMNS = {
    "requirements met": "best_requirements_met",
    "of": "requirements",
    "attempts": "attempts",
    "solved at attempt": "solved_after",
}


def progress() -> pd.DataFrame | None:
    """Show which exercises are solved, which page comes next, and how each went.

    Raises:
        ServerUnreachable: no working tracking server answers.
    """
    if os.environ.get("COURSE_PROGRESS") == "off":
        print("Nothing is kept of your checks: COURSE_PROGRESS is off.")
        return None
    pages = {function: Path(notebook).stem for function, notebook in functions().items()}
    table = pd.DataFrame({"page": pages}).rename_axis("exercise")
    where = _experiment()
    if where is None:
        print(f"No exercise is checked yet. Begin with {table['page'].iloc[0]}.")
        return table
    runs = _runs(where.experiment_id)
    parents = runs.dropna(subset="tags.exercise").set_index("tags.exercise")
    for column, metric in COLUMNS.items():
        values = parents[f"metrics.{metric}"].dropna().map("{:.0f}".format).astype(object)
        table[column] = values.reindex(table.index, fill_value="")
    left = table.loc[table["solved at attempt"] == "", "page"]
    print("All exercises are solved." if left.empty else f"Next: {left.iloc[0]}")
    display(  # type: ignore[no-untyped-call]
        where.link(
            "Your checks in the MLflow UI",
            metrics=["best_requirements_met", "requirements_met"],
            params=[],
        )
    )
    _show_attempts(runs, parents["run_id"])
    return table


def _experiment() -> Experiment | None:
    """Return *My progress*; None if it is not there, or deleted: the next check restores it."""
    try:
        found = find_experiment(EXPERIMENT)
    except LookupError:
        return None
    stage = mlflow.get_experiment(found.experiment_id).lifecycle_stage
    return None if stage == "deleted" else found


def _runs(experiment_id: str) -> pd.DataFrame:
    """Return the runs of *My progress*, oldest first, one parent for each exercise.

    A student may have deleted any of them, so each column is there even if no run has it.
    """
    runs = mlflow.search_runs([experiment_id], order_by=["attributes.start_time"])
    needed = ["run_id", "tags.exercise", f"tags.{PARENT_TAG}", "metrics.requirements_met"]
    needed += [f"metrics.{metric}" for metric in COLUMNS.values()]
    runs = runs.reindex(columns=runs.columns.union(needed))
    again = runs["tags.exercise"].notna() & runs.duplicated("tags.exercise", keep="last")
    return runs[~again]


def _show_attempts(runs: pd.DataFrame, parents: "pd.Series[str]") -> None:
    """Draw how many requirements each attempt met, a line for each exercise."""
    below, results = runs[f"tags.{PARENT_TAG}"], runs["metrics.requirements_met"]
    met = pd.DataFrame(
        {
            exercise: results[below == run_id].reset_index(drop=True)
            for exercise, run_id in parents.items()
        }
    ).rename_axis(index="attempt", columns="exercise")
    if met.empty:
        return
    met.index += 1
    figure = picture(met.plot, "Requirements met, attempt by attempt", marker="o")
    for axis in (figure.figure.axes[0].xaxis, figure.figure.axes[0].yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    display(figure)  # type: ignore[no-untyped-call]
