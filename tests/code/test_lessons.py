"""What all lessons have in common, beside their outputs, which nbval compares."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import nbformat
import pytest

from tools.lessons import COURSE, EXERCISES, LESSONS, ROOT, minutes, words
from tools.student_copies import solved_notebooks, students_path

SOLVED = solved_notebooks()
NUMBERED = [path for path in SOLVED if path.name[0].isdigit()]
VOLATILE = re.compile(r"\b(?!0{32})[0-9a-f]{32}\b|/home/|/root/|/tmp/|\d\d:\d\d:\d\d")

every_notebook = pytest.mark.parametrize("path", SOLVED, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def test_readme_lists_all_lessons() -> None:
    assert [path.stem for path in NUMBERED] == LESSONS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^\| .*\]\(notebooks/(\w+)\.ipynb\) \|", readme)
    assert listed == LESSONS, "README's table and docs/lessons.toml differ."


@every_notebook
def test_what_a_notebook_stores_is_the_same_in_each_run_and_can_be_heard(path: Path) -> None:
    again = f"Run: make notebooks NOTEBOOKS={path.relative_to(ROOT).as_posix()}"
    nbformat.validate(nbformat.read(path, as_version=4))
    assert path.stat().st_size < 300_000
    code = cells(path, "code")
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(counts) + 1)), f"Not executed from the top. {again}"
    for cell in code:
        for output in cell.outputs:
            data = output.get("data", {})
            text = re.sub(r"base64,[\w+/=]+", "", str(data or output))
            found = VOLATILE.search(text)
            assert not found, f"{found[0]!r} in the output of cell {cell.id}. {again}"
            assert output.get("name") != "stderr", f"Cell {cell.id} makes noise: {output}"
            assert "image/png" not in data, f"Cell {cell.id} has a figure without a text."
            for image in re.findall("<img [^>]*>", data.get("text/html", "")):
                assert re.search('alt="[^"]{20,}"', image), f"A figure of cell {cell.id}."


@every_notebook
def test_the_output_that_answers_a_prediction_is_folded_on_the_site(path: Path) -> None:
    waiting = 0
    for cell in reversed(nbformat.read(path, as_version=4).cells):
        folded = "hide-output" in cell.metadata.get("tags", [])
        if cell.cell_type == "code" and "solution()" in cell.source.split("\n"):
            assert folded, cell.source
        elif cell.cell_type == "code":
            waiting += folded
        else:
            waiting -= cell.source.count("**Predict")
            assert waiting >= 0, f"No cell with the tag hide-output answers: {cell.source}"


@every_notebook
def test_links_between_files_lead_somewhere(path: Path) -> None:
    for copy in (path, students_path(path)):
        text = "\n".join(cell.source for cell in cells(copy, "markdown"))
        targets = re.findall(r"\]\((?!https?://|#|attachment:)([^)\s]+)\)", text)
        assert [t for t in targets if not (copy.parent / t.split("#")[0]).exists()] == []


@every_lesson
def test_a_lesson_is_prose_with_small_cells_and_opens_and_closes_like_the_others(
    path: Path,
) -> None:
    code, texts = cells(path, "code"), [cell.source for cell in cells(path, "markdown")]
    assert 0.9 <= len(texts) / len(code) <= 1.6
    lines = [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code]
    assert statistics.median(lines) <= 5
    opening = "\n".join(texts[:2])
    assert opening.startswith("# ")
    for part in ("What you'll do", "What you'll learn", "What you need"):
        assert part in opening
    assert "In this notebook we" in "\n".join(texts[-2:])


@every_lesson
def test_a_lesson_says_what_to_do_where_a_cell_cannot_work(path: Path) -> None:
    source = "\n".join(cell.source for cell in cells(path, "markdown"))
    assert "Run All Above" in source, "Say at the top what to do after a restart of the kernel."
    for cell in cells(path, "code"):
        asserts = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Assert)]
        assert all(one.msg for one in asserts), f"A bare assert in cell {cell.id}: {cell.source}"


@every_lesson
def test_the_opening_says_how_many_minutes_the_lesson_takes(path: Path) -> None:
    said = re.findall(r"(\d+) minutes", cells(path, "markdown")[0].source)
    assert said == [str(minutes(path.stem))]


def test_the_plan_of_half_a_day_gives_each_lesson_its_minutes() -> None:
    plan = (ROOT / "classroom" / "plan.md").read_text(encoding="utf-8")
    half_a_day = plan.partition("## Half a day")[2]
    planned = re.findall(r"(?m)^\| \d:\d\d \| (\d+) \| (0\d) ", half_a_day)
    assert planned == [(str(minutes(name)), name[:2]) for name in COURSE]


def test_a_student_can_read_the_course_in_half_a_day() -> None:
    copies = [nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4) for name in COURSE]
    assert sum(map(words, copies)) <= 6500


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_short_and_fits_into_half_a_window(name: str) -> None:
    lesson = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    lines = [
        line
        for cell in lesson.cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
    ]
    assert len(lesson.cells) <= 35
    assert [line for line in lines if len(line) > 80] == []
    assert minutes(name) - EXERCISES[name] <= 20
    assert minutes(name) <= 25 or name == "05_best_child_challenge"
