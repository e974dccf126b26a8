"""What all lessons have in common, beside their outputs, which nbval compares."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.tracking import prefixed
from tools.lessons import COURSE, LESSONS, ROOT, minutes, words
from tools.student_copies import solved_notebooks, students_path

SOLVED = solved_notebooks()
NUMBERED = [path for path in SOLVED if path.name[0].isdigit()]
VOLATILE = re.compile(r"\b[0-9a-f]{32}\b|/home/|/root/|/tmp/|\d\d:\d\d:\d\d")

every_notebook = pytest.mark.parametrize("path", SOLVED, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
both_copies = pytest.mark.parametrize(
    "path",
    [*SOLVED, *map(students_path, SOLVED)],
    ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix(),
)


def cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def test_the_lessons_are_all_here() -> None:
    assert [path.stem for path in NUMBERED] == LESSONS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^\| .*\]\(notebooks/(\w+)\.ipynb\) \|", readme)
    assert listed == LESSONS, "README's table and docs/lessons.toml differ."


@every_notebook
def test_the_output_that_answers_a_prediction_is_folded_on_the_site(path: Path) -> None:
    def folded(cell: nbformat.NotebookNode) -> bool:
        return "hide-output" in cell.metadata.get("tags", [])

    shows_solution = [
        cell for cell in cells(path, "code") if "solution()" in cell.source.split("\n")
    ]
    assert all(map(folded, shows_solution))
    waiting = 0
    for cell in reversed(nbformat.read(path, as_version=4).cells):
        waiting += folded(cell) and cell not in shows_solution
        if cell.cell_type == "markdown":
            waiting -= cell.source.count("**Predict")
            assert waiting >= 0, f"No cell with the tag hide-output answers: {cell.source}"


@every_notebook
def test_every_cell_was_executed_once_from_the_top(path: Path) -> None:
    counts = [cell.execution_count for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1)), (
        f"{path.name} was not executed from the top. Run: make notebooks "
        f"NOTEBOOKS={path.relative_to(ROOT).as_posix()}"
    )


@every_notebook
def test_outputs_hold_nothing_that_differs_from_run_to_run(path: Path) -> None:
    for cell in cells(path, "code"):
        for output in cell.outputs:
            text = re.sub(r"base64,[\w+/=]+", "", str(output.get("data", output)))
            found = VOLATILE.search(text.replace("0" * 32, ""))
            assert not found, (
                f"{found[0]!r} in the output of {cell.source!r}, cell {cell.id} of {path.name}. "
                f"Run: make notebooks NOTEBOOKS={path.relative_to(ROOT).as_posix()}"
            )


@every_notebook
def test_no_cell_makes_noise(path: Path) -> None:
    streams = [
        output.text
        for cell in cells(path, "code")
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]
    assert streams == []


@both_copies
def test_the_notebook_is_light_and_valid(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))
    assert path.stat().st_size < 300_000


@every_lesson
def test_the_notebook_is_prose_with_small_cells(path: Path) -> None:
    code, text = cells(path, "code"), cells(path, "markdown")
    assert 1.0 <= len(text) / len(code) <= 1.6
    lines = [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code]
    assert statistics.median(lines) <= 5


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
    copies = [nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4) for name in COURSE]
    assert sum(map(words, copies)) <= 6500
    assert max(len(copy.cells) for copy in copies) <= 45


@every_notebook
def test_figures_have_an_alternative_text(path: Path) -> None:
    for cell in cells(path, "code"):
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/png" not in data, "JupyterLab would show it without a text"
            for image in re.findall("<img [^>]*>", data.get("text/html", "")):
                assert re.search('alt="[^"]{20,}"', image)


@every_lesson
def test_a_lesson_opens_and_closes_like_the_others(path: Path) -> None:
    texts = [cell.source for cell in cells(path, "markdown")]
    opening, closing = "\n".join(texts[:2]), "\n".join(texts[-2:])
    assert re.match(r"# .+", texts[0])
    for part in ("What you'll do", "What you'll learn", "What you need"):
        assert part in opening
    assert "In this notebook we" in closing


@every_lesson
def test_cells_are_small_and_prose_leads(path: Path) -> None:
    lengths = sorted(len(cell.source.splitlines()) for cell in cells(path, "code"))
    assert lengths[len(lengths) // 2] <= 6
    assert len(cells(path, "markdown")) >= len(lengths)


@both_copies
def test_links_between_files_lead_somewhere(path: Path) -> None:
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    targets = re.findall(r"\]\((?!https?://|#|attachment:)([^)\s]+)\)", text)
    missing = [t for t in targets if not (path.parent / t.split("#")[0]).exists()]
    assert missing == []


def test_a_second_attempt_in_another_order_on_the_same_server_says_the_same(
    tracking_uri: str,
) -> None:
    if not os.environ.get("REQUIRE_ALL"):
        pytest.skip("executes the lessons twice more, 60 s: REQUIRE_ALL=1 make test")
    options = ["-q", "--color=no", "-p", "no:cacheprovider", f"--tracking-server={tracking_uri}"]
    lessons = [path for path in NUMBERED if path.stem in COURSE]
    files = [str(path) for path in lessons]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--keep-duplicates", *files[::-1], *files],
        cwd=ROOT,
        env={**os.environ, "EXPERIMENT_PREFIX": prefixed("again ")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    expected = 2 * sum(len(cells(path, "code")) for path in lessons)
    assert f"{expected} passed" in done.stdout
