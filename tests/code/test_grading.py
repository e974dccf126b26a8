"""`make grade` before and after a notebook runs: its command line, table, points, pages, store."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from classroom.grading import NotUsable, feedback, store
from classroom.grading import __main__ as command
from classroom.grading.cells import names_in, needed
from classroom.grading.lessons import NOTEBOOKS, cells_of
from classroom.grading.points import read_points
from classroom.grading.table import Grade, Table
from classroom.sandbox import Workspace
from classroom.sandbox.kernel import Broken
from tests.answers import NAMES, exercise, in_the_lesson

pytestmark = pytest.mark.skipif(os.name != "posix", reason="grading needs Linux")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "neither a folder nor a zip file"),
        (["empty", "--sandbox", "none"], "There is no *.ipynb in"),
        (["empty"], "--sandbox none runs them as programs of your own"),  # no other is there
        ([""], "make grade SUBMISSIONS=folder"),
        (["my"], "make grade SUBMISSIONS='my class'"),
        (["empty", "--jobs", "0"], "have to be above 0"),
        (["empty", "--student", "("], "--student is not a regular expression"),
        (["empty", "--output", "nowhere/grades.csv"], "cannot be written"),
        (["empty", "--output", "empty"], "(Is a directory). Name another file"),
        (["empty", "--output", "other.csv"], "is not a table as `make grade`"),
        (["empty", "--points", "other.csv"], "cannot be read"),
    ],
)
def test_bad_input_is_a_sentence(
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    Path("env").symlink_to("/usr/bin/env")
    Path("empty").mkdir()
    Path("other.csv").write_text("name;grade\n")
    assert command.main(arguments) == 1
    assert sentence in capsys.readouterr().err
    assert not Path("grades.csv").exists()
    assert Path("other.csv").read_text() == "name;grade\n"


def test_an_error_of_ours_is_no_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "choose", lambda name: Path("nowhere").stat())
    with pytest.raises(FileNotFoundError):
        command.main([str(tmp_path), "--output", str(tmp_path / "grades.csv")])


def test_lines_of_other_submissions_are_kept_in_a_table_of_their_own(tmp_path: Path) -> None:
    table = Table(tmp_path / "grades.csv")
    for name in ("ada", "old"):
        table.add(Grade(f"{name}.ipynb", "passed"))
    earlier = table.keep_only(["ada.ipynb", "new.ipynb"])
    assert earlier
    assert list(table.rows) == ["ada.ipynb"]
    assert list(Table(earlier).rows) == ["ada.ipynb", "old.ipynb"]
    assert table.keep_only(iter(table.rows)) is None


@pytest.mark.parametrize("name", NAMES)
def test_where_a_starter_was_edited_the_cells_run_that_the_function_needs(name: str) -> None:
    made, (_, solution) = exercise(name), in_the_lesson(name)
    code = [cell for cell in cells_of(NOTEBOOKS / made.notebook) if cell.is_code]
    starter = made.name.replace("_", "-")
    sources = [solution if cell.grade_id == starter else cell.text for cell in code]
    run = needed(sources, made.notebook, [made.name])
    names = (names_in(cell.source) for cell in run)
    changed, used = (set().union(*each) for each in zip(*names, strict=True))
    assert used <= changed | {*dir(builtins)}
    assert len(run) < len(sources) / 2


def test_points_for_what_is_no_requirement_are_a_sentence(tmp_path: Path) -> None:
    points = tmp_path / "points.toml"
    points.write_text("[05_best_child_challenge]\nbset_metric = 1\n")
    with pytest.raises(NotUsable, match=r"'bset_metric', which does not exist.*, best_metric,"):
        read_points(str(points))
    points.write_text("[05_challenge]\n")
    with pytest.raises(NotUsable, match="the exercise '05_challenge', which does not exist"):
        read_points(str(points))


def test_what_students_write_stays_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1))"
    grade = Grade("a.ipynb", "broken", evil, evil, student=evil)
    feedback.write(tmp_path, grade, f"<div>\n\n{evil}\n\n</div>", 10)
    page = (tmp_path / "a.html").read_text()
    assert "<script" not in page
    assert 'href="javascript' not in page


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    (tmp_path / "submission").mkdir()
    return Workspace(tmp_path / "submission", "/submission")


@pytest.mark.parametrize(
    "make",
    [
        lambda file: file.symlink_to("/etc/hostname"),
        os.mkfifo,
        lambda file: file.write_bytes(bytes(65 * 2**20)),
    ],
)
def test_a_store_that_is_none_is_said(space: Workspace, make: Callable[[Path], object]) -> None:
    make(space.folder / store.FILE)
    logged = store.Store(store.uri("/submission"), store.EXPERIMENTS, workspace=space)
    with pytest.raises(Broken, match=r"what it logged cannot be read \((OSError|ValueError)\)"):
        logged.snapshot()


def test_a_fresh_store_replaces_what_the_cells_left(tmp_path: Path, space: Workspace) -> None:
    template, elsewhere = tmp_path / "template.db", tmp_path / "elsewhere"
    template.write_text("as it was made")
    elsewhere.write_text("of somebody else")
    file, journal = space.folder / store.FILE, space.folder / f"{store.FILE}-journal"
    file.symlink_to(elsewhere)
    journal.write_text("SQLite would roll it back into the fresh store")
    store.give(template, space)
    assert file.read_text() == "as it was made"
    assert not journal.exists()
    assert elsewhere.read_text() == "of somebody else"
    journal.mkdir()
    with pytest.raises(Broken, match="something stands in place of its store"):
        store.give(template, space)
