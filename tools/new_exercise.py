"""Create the files and cells of a new exercise: `make exercise NAME=double LESSON=03`.

Writes the folder `exercises/double/`, with a wrong answer, and cells in the lesson's solved
notebook, including the solution. All of it already works. `TODO` marks what you have to fill in.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools.lesson_list import ROOT
from tools.student_copies import find_solved

WORDS = """\
notebook = "{notebook}"
function = "{name}"

[nothing_yet]
says = "Nothing of the task is there yet. Write the body of `{name}` and run its cell first."
hints = [
  "TODO: a question that leads to the first step.",
  "TODO: the first line, nearly.",
]

[requirement.accepts_arguments]

[requirement.runs_to_its_end]

[requirement.only_reads]

[requirement.returns_the_run_id]
needs = ["only_reads"]
title = "TODO: it returns the run ID of the run with this name"
look = "TODO: the filter, and the line with `return`"
hints = [
  "TODO: a nudge.",
  "TODO: nearly there.",
]

# The calls; the last one is the first one again, when there are more runs.
[[call]]
args = ["TODO"]

[[call]]
args = ["TODO too"]

[[call]]
args = ["TODO"]
"""
# The runs that are added to those of every exercise, with the columns of `mlflow.search_runs`.
RUNS = """\
label,name,before_call,metrics.metric1
wanted,TODO,,0.5
another,TODO too,,0.25
later,TODO later,2,0.125
"""
CODE = '''\
"""The exercise of lesson {lesson}: TODO."""

from exercises.engine import Finding, Findings, Requirements, code, load


class {title}(Requirements):
    """What the exercise requires of a call."""

    def returns_the_run_id(self) -> Findings:
        """Require the run ID of the run with this name."""
        name = self.args[0]
        right = next(run for run in self.older_runs if run.run_name == name)
        if self.value != right.run_id:
            yield Finding(f"the run ID of {{code(name)}}", self.outcome.description)


exercise, check, hint, solution = load(__file__, {title})
'''
DEFINITION = '''\
def {name}(run_name):
    """Return the run ID of the run with this name."""
'''
BODY = """\
    found = mlflow.search_runs(filter_string=f"attributes.run_name = '{run_name}'")
    return found["run_id"].iloc[0]
"""
ANSWERS = """\
[wrong.returns_the_table]
edits = [['found["run_id"].iloc[0]', "found"]]
caught_by = "returns_the_run_id"
says = "a value of type `DataFrame`"
"""
TASK = """\
## Your turn: TODO

Write `{name}(run_name)`:

1. It returns the run ID of the run with this name. <!-- only_reads, returns_the_run_id -->
"""
CHECK = """\
from exercises.{name} import check

report = check({name})
display(report)
report.points
"""


def write(course: Path, name: str, lesson: str) -> list[Path]:
    """Write the files and cells of a new exercise; return their paths.

    Args:
        course: the course's folder.
        name: the name of the exercise, and of the function that students write.
        lesson: the number of its lesson, such as `03`.

    Raises:
        LookupError: there is no such lesson.
        ValueError: the name is not a valid name for a function, or the exercise exists.
    """
    if not name.isidentifier() or not name.islower():
        raise ValueError(
            f"NAME={name} cannot be the name of a function. Use lowercase letters and `_`."
        )
    solved = find_solved(lesson, course / "notebooks")
    folder = course / "exercises" / name
    if folder.exists():
        raise ValueError(f"There already is an exercise {name}. Choose another name.")
    title = name.title().replace("_", "")
    definition = DEFINITION.format(name=name)
    texts = {
        folder / "__init__.py": CODE.format(title=title, lesson=lesson),
        folder / "words.toml": WORDS.format(name=name, notebook=solved.name),
        folder / "runs.csv": RUNS,
        folder / "answers" / "answers.toml": ANSWERS,
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    notebook: NotebookNode = nbformat.read(solved, as_version=4)
    place = len(notebook.cells) - 1  # before "In this notebook we …"
    notebook.cells[place:place] = cells(name, definition)
    nbformat.write(notebook, solved)
    return [*texts, solved]


def cells(name: str, definition: str) -> list[NotebookNode]:
    """Return the cells of an exercise: task, starter, solution, check, hints, solution on demand.

    Args:
        name: the name of the exercise.
        definition: the first lines of the student's function.
    """
    cell_id = name.replace("_", "-")

    def code(cell_id: str, source: str, **metadata: object) -> Any:
        return new_code_cell(source.rstrip("\n"), id=cell_id, metadata=metadata)

    def nbgrader(cell_id: str, grade: bool) -> dict[str, object]:
        """Return nbgrader's metadata for a cell that is graded, or one that students fill in."""
        points = {"points": 10} if grade else {}
        kind = {"grade": grade, "grade_id": cell_id, "locked": grade, "solution": not grade}
        return {**kind, **points, "schema_version": 3, "task": False}

    check = f"check-{cell_id}"
    return [
        new_markdown_cell(TASK.format(name=name).rstrip("\n"), id=f"{cell_id}-task"),
        code(cell_id, definition, nbgrader=nbgrader(cell_id, grade=False)),
        code(f"{cell_id}-solution", definition + BODY, tags=["solution"]),
        code(check, CHECK.format(name=name), nbgrader=nbgrader(check, grade=True)),
        # Each cell imports its own exercise, because a lesson may have two.
        code(f"{cell_id}-hint", f"from exercises.{name} import hint\n\nhint()"),
        code(
            f"{cell_id}-show",
            f"from exercises.{name} import solution\n\nsolution()",
            tags=["hide-output"],
        ),
    ]


def main() -> None:
    """Write the exercise that the command line names."""
    _, name, lesson = sys.argv
    try:
        written = write(ROOT, name, lesson)
    except (LookupError, ValueError) as error:
        sys.exit(str(error))
    print(*(path.relative_to(ROOT) for path in written), sep="\n")
    print("Fill in everything marked TODO. Then run: make notebooks, and")
    print(f'make test TEST_ARGS="tests/server/test_answers.py -k {name}"')


if __name__ == "__main__":
    main()
