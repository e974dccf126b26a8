"""What lessons 00 to 02 and lesson 05 say of their numbers, against the outputs they store."""

from __future__ import annotations

import re

import nbformat

from tools.student_copies import NOTEBOOKS, find_solved

WORDS = ("no", "one", "two", "three", "four", "five", "six")


class Lesson:
    """A solved lesson: what it says, and what its cells show."""

    def __init__(self, number: str) -> None:
        notebook = nbformat.read(find_solved(number, NOTEBOOKS), as_version=4)
        self.prose = "\n".join(one.source for one in notebook.cells if one.cell_type == "markdown")
        self.sources = {one.id: one.source for one in notebook.cells}
        self.outputs = {one.id: one.get("outputs", []) for one in notebook.cells}

    def shown(self, cell_id: str) -> str:
        outputs = self.outputs[cell_id]
        return "\n".join(one.get("text") or one["data"]["text/plain"] for one in outputs)

    def rows(self, cell_id: str) -> list[list[str]]:
        """The rows of a table; a line that starts with a name of a run or a number is one."""
        lines = self.shown(cell_id).splitlines()
        return [line.split() for line in lines if re.match(r"(run_)?\d", line)]


def test_lesson_00_the_tree_and_the_two_combinations_are_as_it_says() -> None:
    lesson = Lesson("00")
    assert lesson.shown("first-tree").startswith("✓ my first sweep (2 child runs)")
    assert "one parent, and two children" in lesson.prose
    assert lesson.shown("second-run").count("✓ try x") == 2  # it keeps both
    assert "It's called *try x*, just like one of the children above." in lesson.prose
    results = [(row[1], float(row[3])) for row in lesson.rows("three-times")]
    x, z = ([value for name, value in results if name == letter] for letter in "xz")
    assert max(x) < min(z)
    assert f"even the worst result of `x` with `u` ({max(x):.3f}) is better" in lesson.prose
    assert f"the best one of `z` with `w` ({min(z):.3f})" in lesson.prose
    assert len(set(x)) == len(set(z)) == 3  # the same parameters, other results
    assert lesson.shown("seed") == "True"


def test_lesson_01_names_repeat_and_the_best_run_is_of_the_first_iteration() -> None:
    lesson = Lesson("01")
    assert lesson.shown("first").count("5/5 sweeps") == 1
    assert lesson.shown("second").count("5/5 sweeps") == 1
    counts = re.findall(r"(.+): (\d+) of (\d+) occurred before", lesson.shown("repeat-code"))
    repeated = {column: int(number) for column, number, _ in counts}
    [runs] = {int(number) for *_, number in counts}
    assert repeated.pop("start_time") == 0
    assert "Only its start time." in lesson.prose
    assert set(repeated.values()) == {runs}  # the name and both parameters
    assert f"All {runs} names occurred before" in lesson.prose
    assert f"With `max_results={runs}`, you get the newest {runs}." in lesson.prose
    assert f"as {2 * runs} flat runs" in lesson.prose
    iterations = [row[-1] for row in lesson.rows("answer")]
    values = [row[-2] for row in lesson.rows("answer")]
    assert sorted(iterations) == ["1"] * 5 + ["2"] * 5
    assert "ten runs, five from each iteration" in lesson.prose
    assert iterations[0] == "1"
    assert f"at the top, with {values[0]}, is from the *first* iteration" in lesson.prose
    assert iterations.index("2") == 3
    assert f"in the fourth row, with {values[3]}" in lesson.prose
    assert values == sorted(values)


def test_lesson_02_counts_its_parents_children_and_orphans() -> None:
    lesson = Lesson("02")
    sweeps = lesson.shown("tune-code")
    assert sweeps.count("(5 child runs)") == 5
    assert (
        f"five lines, one for each sweep. A flat list would have {sweeps.count('── ')}."
        in lesson.prose
    )
    on_parent, on_child = lesson.shown("by-tag").splitlines()
    assert on_parent == "Only on the parent: []"
    assert on_child == "Only on the child: ['mlflow.parentRunId']"
    assert lesson.shown("refuse-code").strip().endswith("nested=True")
    assert "The last sentence of the message tells you what to write" in lesson.prose
    assert lesson.shown("left-open-code") == "✗ FAILED forgotten"
    first, second = lesson.shown("again-code").splitlines()
    assert first != second
    assert all(line.startswith("Best of 5: ") for line in (first, second))
    assert "finds just the five children of one parent" in lesson.prose
    counts = {int(number) for number in re.findall(r"finds (\d+)", lesson.shown("naming-code"))}
    [count] = counts
    assert f"Why {WORDS[count]} parents? We logged the last sweep twice." in lesson.prose
    assert lesson.shown("delete-code").count("(orphan)") == 5
    assert "its five children" in lesson.prose


def test_lesson_05_says_how_likely_each_parent_comes_first() -> None:
    lesson = Lesson("05")
    each, sixth = (
        int(re.findall(r"num_child_runs=(\d+)", lesson.sources[cell_id])[0])
        for cell_id in ("find-code", "sixth-code")
    )
    parents = len(set(re.findall(r"parent_run_\w+", lesson.shown("rank-code"))))
    total = parents * each + sixth
    assert f"There are {parents} × {each} + {sixth} = {total} child runs." in lesson.prose
    assert f"has {sixth} of the {total}" in lesson.prose
    assert f"its chance of coming first is {sixth / total:.0%}" in lesson.prose
    assert sixth == 2 * each
    assert "Each of the other five has half that chance" in lesson.prose
    assert f"Together they have {parents * each / total:.0%}" in lesson.prose
