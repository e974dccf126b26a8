"""What all lessons have in common, beside their outputs, which nbval compares."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tools.lesson_list import CORE_LESSONS, LESSONS, ROOT, minutes
from tools.notebook_cells import read_cells
from tools.student_copies import solved_notebooks, students_path

SOLVED = solved_notebooks()
NUMBERED = [path for path in SOLVED if path.name[0].isdigit()]
VOLATILE = re.compile(r"\b(?!0{32})[0-9a-f]{32}\b|/home/|/root/|/tmp/|\d\d:\d\d:\d\d")

every_notebook = pytest.mark.parametrize("path", SOLVED, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)


def test_readme_lists_all_lessons() -> None:
    assert [path.stem for path in NUMBERED] == LESSONS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^\| .*\]\(notebooks/(\w+)\.ipynb\) \|", readme)
    assert listed == LESSONS, "README's table and docs/lessons.toml differ."


@every_notebook
def test_what_a_notebook_stores_is_the_same_in_each_run_and_can_be_heard(path: Path) -> None:
    again = f"Run: make notebooks NOTEBOOKS={path.relative_to(ROOT).as_posix()}"
    code = read_cells(path, "code")
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(counts) + 1)), f"Not executed from the top. {again}"
    for cell in code:
        for output in cell.outputs:
            match = VOLATILE.search(re.sub(r"base64,[\w+/=]+", "", str(output)))
            assert not match, f"{match[0]!r} in the output of cell {cell.id}. {again}"
            assert output.get("name") != "stderr", f"Cell {cell.id} makes noise: {output}"
            assert "image/png" not in output.get("data", {}), f"Cell {cell.id}: no text."


@every_notebook
def test_the_outputs_that_answer_a_prediction_are_folded_on_the_site(path: Path) -> None:
    code = read_cells(path, "code")
    folded = [cell.source for cell in code if "hide-output" in cell.metadata.get("tags", [])]
    solutions = [cell.source for cell in code if "solution()" in cell.source.split("\n")]
    predictions = sum(cell.source.count("**Predict") for cell in read_cells(path, "markdown"))
    predictions += sum(cell.source.startswith("predict(") for cell in code)
    assert set(solutions) <= set(folded)
    assert len(folded) >= len(solutions) + predictions, "A cell lacks the tag hide-output."


@every_lesson
def test_a_lesson_opens_and_closes_like_the_others(path: Path) -> None:
    texts = [cell.source for cell in read_cells(path, "markdown")]
    opening = "\n".join(texts[:2])
    assert opening.startswith("# ")
    for part in ("What you'll do", "What you'll learn", "What you need"):
        assert part in opening
    assert re.findall(r"(\d+) minutes", texts[0]) == [str(minutes(path.stem))]
    assert "Run All Above" in "\n".join(texts), "Say what to do after a restart of the kernel."
    assert "In this notebook we" in "\n".join(texts[-2:])


@every_lesson
def test_a_lesson_is_short_fits_into_half_a_window_and_says_what_an_assert_is_about(
    path: Path,
) -> None:
    cells = read_cells(students_path(path))
    assert sum(not cell.id.startswith("predict-") for cell in cells) <= 35
    longer = {"05_best_child_challenge": 45, "15_the_case": 60}
    assert minutes(path.stem) <= longer.get(path.stem, 25)
    for source in (cell.source for cell in read_cells(students_path(path), "code")):
        assert all(len(line) <= 80 for line in source.split("\n")), source
        asserts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
        assert all(statement.msg for statement in asserts), f"A bare assert: {source}"


def test_the_plan_of_half_a_day_gives_each_lesson_its_minutes() -> None:
    plan = (ROOT / "classroom" / "plan.md").read_text(encoding="utf-8")
    half_a_day = plan.partition("## Half a day")[2]
    planned = re.findall(r"(?m)^\| \d:\d\d \| (\d+) \| (0\d) ", half_a_day)
    assert planned == [(str(minutes(name)), name[:2]) for name in CORE_LESSONS]
