"""Show the student all checks so far, from the runs in *My progress*."""

import os
from pathlib import Path

import pandas as pd
from IPython.core.display_functions import display

from exercises.engine.progress import EXPERIMENT
from exercises.solved import functions
from helpers.tracking import find_experiment
from helpers.tree import parents

# The metrics of a parent run, and the columns of the table that show them.
COLUMNS = {
    "metrics.best_requirements_met": "requirements met",
    "metrics.requirements": "of",
    "metrics.attempts": "attempts",
    "metrics.solved_after": "solved at attempt",
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
    try:
        where = find_experiment(EXPERIMENT)
    except LookupError:
        print(f"No exercise is checked yet. Begin with {table['page'].iloc[0]}.")
        return table
    known = parents(where).set_index("tags.exercise")
    kept = known.reindex(columns=list(COLUMNS)).rename(columns=COLUMNS)
    table = table.join(kept.map("{:.0f}".format, na_action="ignore")).fillna("")
    left = table.loc[table["solved at attempt"] == "", "page"]
    print("All exercises are solved." if left.empty else f"Next: {left.iloc[0]}")
    display(  # type: ignore[no-untyped-call]
        where.link("Your checks in the MLflow UI", metrics=["requirements_met"], params=[])
    )
    return table
