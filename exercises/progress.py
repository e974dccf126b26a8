"""Show a student all checks so far, from the runs in the experiment *My progress*."""

import os
from pathlib import Path

import mlflow
import pandas as pd
from IPython.core.display_functions import display
from matplotlib.ticker import MaxNLocator

from exercises.attempt_log import EXPERIMENT
from exercises.predictions.answer_log import wrong_twice
from exercises.solved_notebooks import functions, optional_exercises
from helpers.plots import picture
from helpers.read_runs import PARENT_TAG
from helpers.tracking import Experiment, find_experiment

# The table's columns, and the metric of a parent run that each one shows.
COLUMNS = {
    "requirements met": "best_requirements_met",
    "of": "requirements",
    "attempts": "attempts",
    "solved at attempt": "solved_after",
}


def progress() -> pd.DataFrame | None:
    """Show which exercises are solved, which page comes next, and how each attempt went.

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
        print(f"You haven't checked an exercise yet. Begin with {table['page'].iloc[0]}.")
        return table
    runs = _runs(where.experiment_id)
    parents = runs.dropna(subset="tags.exercise").set_index("tags.exercise")
    for column, metric in COLUMNS.items():
        values = parents[f"metrics.{metric}"].dropna().map("{:.0f}".format).astype(object)
        table[column] = values.reindex(table.index, fill_value="")
    of = table.pop("of")
    table["requirements met"] += of.where(of == "", " of " + of)
    unsolved = table.loc[table["solved at attempt"] == "", "page"]
    required = unsolved.drop(index=unsolved.index.intersection([*optional_exercises()]))
    if not required.empty:
        print(f"Next: {required.iloc[0]}")
    elif not unsolved.empty:
        print(f"You have solved all required exercises. Optional: {', '.join(unsolved.index)}")
    else:
        print("You have solved all exercises.")
    display(  # type: ignore[no-untyped-call]
        where.link(
            "Your checks in the MLflow UI",
            metrics=["best_requirements_met", "requirements_met"],
            params=[],
        )
    )
    _show_attempts(runs, parents["run_id"])
    for question in wrong_twice():
        print(f"Wrong twice, see {question.page}: {question.question}")
    return table


def _experiment() -> Experiment | None:
    """Return *My progress*, or None if it does not exist or is deleted (a check restores it)."""
    try:
        experiment = find_experiment(EXPERIMENT)
    except LookupError:
        return None
    stage = mlflow.get_experiment(experiment.experiment_id).lifecycle_stage
    return None if stage == "deleted" else experiment


def _runs(experiment_id: str) -> pd.DataFrame:
    """Return the runs of *My progress*, oldest first, one parent for each exercise.

    Every column exists, even if no run has it, because a student may have deleted any of them.
    """
    runs = mlflow.search_runs([experiment_id], order_by=["attributes.start_time"])
    needed = ["run_id", "tags.exercise", f"tags.{PARENT_TAG}", "metrics.requirements_met"]
    needed += [f"metrics.{metric}" for metric in COLUMNS.values()]
    runs = runs.reindex(columns=runs.columns.union(needed))
    again = runs["tags.exercise"].notna() & runs.duplicated("tags.exercise", keep="last")
    return runs[~again]


def _show_attempts(runs: pd.DataFrame, parents: "pd.Series[str]") -> None:
    """Plot how many requirements each attempt met, with a line for each exercise."""
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
