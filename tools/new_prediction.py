"""Add a question to a lesson, ready to be filled in: `make prediction NAME=orphans LESSON=02`.

Its words are empty. Every page refuses to ask a question as long as one of them is.
"""

import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from exercises.predictions.questions import all_questions
from tools.lesson_list import ROOT
from tools.student_copies import find_solved

WORDS = """
[{name}]
question = ""  # What will the next cell do? Ask about a mechanism, not a number.
again = ""  # the same in other words or with other values, for a page two lessons later
[[{name}.choice]]
text = ""
reason = ""  # why it is tempting, and where to look; not whether it is right
[[{name}.choice]]
text = ""
reason = ""
right = true
"""
NEXT = """Fill in {words}. You may add up to two more choices.
In {notebook}, move the cell predict("{name}") before the cell that answers it. Give that
cell the tag hide-output, and write the answer below it. Then run:
make notebooks NOTEBOOKS={notebook}
make test TEST_ARGS=tests/code/test_predictions.py"""


def write(course: Path, name: str, lesson: str) -> str:
    """Write a question without words, and the cell that asks it; return what to do next.

    Args:
        course: the course's folder.
        name: the question's name.
        lesson: the number of its lesson, such as `02`.

    Raises:
        LookupError: there is no such lesson.
        ValueError: the name is not a valid one, or is taken.
    """
    if not (name.isidentifier() and name.isascii()) or name in all_questions():
        raise ValueError(f"NAME={name} is taken, or not a name: use lowercase letters and `_`.")
    solved = find_solved(lesson, course / "notebooks")
    words = course / "exercises" / "predictions" / f"{solved.stem}.toml"
    with words.open("a", encoding="utf-8") as file:
        file.write(WORDS.format(name=name))
    notebook = nbformat.read(solved, as_version=4)
    cell_id = f"predict-{name.replace('_', '-')}"
    notebook.cells.insert(-1, new_code_cell(f'predict("{name}")', id=cell_id))
    nbformat.write(notebook, solved)
    words, solved = words.relative_to(course), solved.relative_to(course)
    return NEXT.format(words=words, notebook=solved, name=name)


if __name__ == "__main__":
    try:
        print(write(ROOT, *sys.argv[1:]))
    except (LookupError, ValueError) as error:
        sys.exit(str(error))
