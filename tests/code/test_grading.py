"""`make grade` before and after a notebook runs: its command line, table, points, pages, store."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

from classroom.grading import NotUsable, feedback, store
from classroom.grading import __main__ as command
from classroom.grading.points import read_points
from classroom.grading.table import Grade, Table
from classroom.sandbox import Workspace
from classroom.sandbox.bare import Bare
from classroom.sandbox.kernel import Broken

pytestmark = pytest.mark.skipif(os.name != "posix", reason="grading needs Linux")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "neither a folder nor a zip file"),
        (["empty", "--no-sandbox"], "There is no *.ipynb in"),
        ([""], "make grade SUBMISSIONS=folder"),
        (["my", "class"], "make grade SUBMISSIONS='my class'"),
        (["empty", "--jobs", "0"], "have to be above 0"),
        (["empty", "--student", "("], "--student is not a regular expression"),
        (["empty", "--output", "nowhere/grades.csv"], "cannot be written"),
        (["empty", "--output", "empty"], "is not a file"),
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
    Path("empty").mkdir()
    Path("other.csv").write_text("name;grade\n")
    assert command.main(arguments) == 1
    assert sentence in capsys.readouterr().err
    assert not Path("grades.csv").exists()
    assert Path("other.csv").read_text() == "name;grade\n"


def test_no_sandbox_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main([str(tmp_path), "--output", str(tmp_path / "grades.csv")]) == 1
    said = capsys.readouterr().err
    assert re.search("bubblewrap.*container engine.*--no-sandbox", said)
    assert not (tmp_path / "grades.csv").exists()


def test_an_error_of_ours_is_no_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str | None) -> Bare:
        raise FileNotFoundError(f"/bin/chmod is missing, and {name} has nothing to do with it")

    monkeypatch.setattr(command, "choose", fail)
    with pytest.raises(FileNotFoundError, match="chmod"):
        command.main([str(tmp_path), "--output", str(tmp_path / "grades.csv")])


def test_a_new_name_regrades_nobody_else_and_a_line_of_others_is_kept(tmp_path: Path) -> None:
    table = Table(tmp_path / "grades.csv")
    for name in ("ada", "bob", "old"):
        table.add(Grade(f"{name}.ipynb", "passed"))
    earlier = table.keep_only(f"{name}.ipynb" for name in ("ada", "bob", "new"))  # used up at once
    assert sorted(table.rows) == ["ada.ipynb", "bob.ipynb"]
    assert earlier
    assert earlier.name == "grades-earlier-1.csv"
    with earlier.open(newline="", encoding="utf-8-sig") as file:
        files = [row["file"] for row in csv.DictReader(file)]
    assert files == ["ada.ipynb", "bob.ipynb", "old.ipynb"]
    assert table.keep_only(iter(table.rows)) is None


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


@pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")  # MLflow's
@pytest.mark.parametrize("kind", ["nothing", "words", "a link", "a pipe", "a folder", "too large"])
def test_a_store_that_is_none_is_said(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "submission"
    folder.mkdir()
    file = folder / store.FILE
    made = {
        "nothing": lambda: None,
        "words": lambda: file.write_text("no database"),
        "a link": lambda: file.symlink_to("/etc/hostname"),
        "a pipe": lambda: os.mkfifo(file),
        "a folder": lambda: file.mkdir(),
        "too large": lambda: os.truncate(os.open(file, os.O_CREAT | os.O_RDWR), 2**30),
    }
    made[kind]()
    workspace = Workspace(folder, "/submission")
    logged = store.Store(store.uri("/submission"), store.EXPERIMENTS, workspace=workspace)
    with pytest.raises(Broken, match="what it logged cannot be read"):
        logged.snapshot()
    assert kind != "nothing" or not list(folder.iterdir())  # it is read in a copy


def test_a_fresh_store_replaces_what_the_cells_left(tmp_path: Path) -> None:
    template, elsewhere = tmp_path / "template.db", tmp_path / "elsewhere"
    template.write_text("as it was made")
    elsewhere.write_text("of somebody else")
    space = Workspace(tmp_path / "submission", "/submission")
    space.folder.mkdir()
    file, journal = space.folder / store.FILE, space.folder / f"{store.FILE}-journal"
    file.symlink_to(elsewhere)
    journal.write_text("SQLite would roll it back into the fresh store")
    store.give(template, space)
    assert file.read_bytes() == template.read_bytes()
    assert not journal.exists()
    assert elsewhere.read_text() == "of somebody else"
    journal.mkdir()
    with pytest.raises(Broken, match="something stands in place of its store"):
        store.give(template, space)
