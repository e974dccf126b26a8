"""`make grade` before and after a notebook runs: its command line, table, points, pages, store."""

from __future__ import annotations

import builtins
import csv
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from classroom.grading import Grade, NotUsable, feedback
from classroom.grading import __main__ as command
from classroom.grading.combine_reports import Checked, reach_verdict
from classroom.grading.points import PointScheme, read_points
from classroom.grading.select_cells import names_in, select_cells
from classroom.grading.submission_store import Store
from classroom.grading.table import Table
from classroom.sandbox import Workspace
from classroom.sandbox.kernel_client import Broken
from exercises.engine.report import Report
from exercises.solved_notebooks import functions, optional_exercises
from tests.answers import NAMES, exercise, in_the_lesson, report
from tests.shared import NEEDS_LINUX
from tests.submissions import above_starter
from tools.lesson_list import ROOT
from tools.notebook_cells import grade_id, read_cells

pytestmark = NEEDS_LINUX


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "neither a folder nor a zip file"),
        (["empty", "--sandbox", "none"], "There is no *.ipynb in"),
        (["empty"], "With --sandbox none, they run without one"),  # no other is there
        ([""], "make grade SUBMISSIONS=folder"),
        (["my"], "make grade SUBMISSIONS='my class'"),
        (["empty", "--jobs", "0"], "must be greater than 0"),
        (["empty", "--student", "("], "--student is not a regular expression"),
        (["empty", "--student", "task-(.*)"], "with the student in a group: --student '"),
        (["torn.zip", "--sandbox", "none"], "Download or copy it again"),
        (["empty", "--output", "other.csv/grades.csv"], "cannot be written"),
        (["empty", "--output", "empty"], "(Is a directory). Choose another file"),
        (["empty", "--output", "other.csv"], "but `make grade` did not write it"),
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
    Path("torn.zip").write_bytes(b"PK\1\2" + bytes(42) + b"PK\5\6" + b"\1" * 16 + bytes(2))
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
    task, (_, solution) = exercise(name), in_the_lesson(name)
    code = read_cells(ROOT / "notebooks" / task.notebook, "code")
    starter = task.name.replace("_", "-")
    sources = [solution if grade_id(cell) == starter else cell.source for cell in code]
    run = select_cells(sources, task.notebook, [task.name])
    names = (names_in(cell.source) for cell in run)
    changed, used = (set().union(*sets) for sets in zip(*names, strict=True))
    assert used <= changed | {*dir(builtins)}
    assert len(run) < len(sources) / 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[05_best_child_challenge]\nbset_metric = 1", "'bset_metric', which .*, best_metric,"),
        ("[05_challenge]", "the exercise '05_challenge', which does not exist"),
        ("best_metric = 1", "cannot be read: .* It needs a table for each exercise"),
    ],
)
def test_points_for_what_is_no_requirement_are_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "points.toml").write_text(text)
    with pytest.raises(NotUsable, match=sentence):
        read_points(str(tmp_path / "points.toml"))


def test_what_students_write_stays_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) half a character: \ud800"
    grade = Grade("a.ipynb", "broken", evil, evil, student=evil, page="a/b.html")
    for text in (f"<div>\n\n{evil}\n\n</div>", "> " * 5_000):  # the second is nested too deep
        feedback.write(tmp_path, replace(grade, report=text), 10)
        page = (tmp_path / "a" / "b.html").read_text(encoding="utf-8")
        assert "<script" not in page
        assert 'href="javascript' not in page
        assert "Your function could not be checked." in page


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "a/b;=1+1.ipynb",
        'a;"=1+1',
        "a; @SUM(A1)",
        "-1",
        "+1;\uff1d1",
        "M\udcfcller;x",
        "two\nlines\t=1",
        "x;passed;;10",
        "é",
    ],
)
def test_the_table_is_inert_and_read_back_as_it_was(tmp_path: Path, text: str) -> None:
    table = Table(tmp_path / "not" / "there" / "grades.csv")
    table.add(Grade(text, "wrong", text, text, 1.5, student=text))
    written = table.output.read_text(encoding="utf-8-sig")
    assert written.startswith("file,verdict,first_unmet_requirement,")
    for separator in ",;\t":
        for line in csv.reader(written.splitlines(), delimiter=separator):
            assert not [cell for cell in line if cell.strip(' "')[:1] in {*"=+-@\uff1d"}], line
    [(file, row)] = Table(table.output).rows.items()
    assert (file, row.verdict, row.points) == (row.file, "wrong", 1.5)
    Table(table.output).write()
    assert table.output.read_text(encoding="utf-8-sig") == written
    # Also where the separator of the country is tried first, a name makes no verdict.
    loose = re.split("[,;]", re.sub('"[^"]*"', "…", written.replace('""', "")))
    assert "passed" not in loose


def checked(**met: int | str | None) -> list[Checked]:
    """What checks of functions gave: how many requirements were met, a problem, or not begun."""
    exercises = []
    for name, number in met.items():
        optional = name in optional_exercises()
        if isinstance(number, str):
            exercises.append(Checked(name, optional, problem=number))
            continue
        result = report(name, number or 0)
        if number is None:
            undecided = tuple(replace(result, met=None) for result in result.results)
            result = Report(undecided, "Begin.")
        exercises.append(Checked(name, optional, result))
    return exercises


@pytest.mark.parametrize(
    ("met", "verdict", "unmet", "bonus"),
    [
        ({"nest": 99, "adopt": 99}, "passed", "", 2),
        ({"nest": 99, "adopt": None}, "passed", "", 0),
        ({"nest": 99, "adopt": 0}, "passed", "", 0),
        ({"nest": 99, "adopt": "Its kernel died."}, "passed", "", 0),
        ({"nest": None, "adopt": 99}, "unsolved", "", 2),
        ({"nest": 1, "adopt": 99}, "wrong", "runs_to_its_end", 2),
        # Two exercises of one lesson that are both required:
        (
            {"refine": None, "find_runs": 99},
            "unsolved",
            "`refine`: no part of the task is done yet",
            0,
        ),
        ({"find_runs": 99, "refine": 0}, "wrong", "`refine`: accepts_arguments", 0),
    ],
)
def test_an_optional_exercise_costs_nothing_but_may_be_a_bonus(
    met: dict[str, int | str | None], verdict: str, unmet: str, bonus: int
) -> None:
    grade = reach_verdict(checked(**met))
    assert (grade.verdict, grade.first_unmet_requirement) == (verdict, unmet)
    lesson = "02_nested_runs"
    assert PointScheme().of(lesson, grade) == (10 if verdict == "passed" else 0)
    assert PointScheme({lesson: {"every_run_is_a_child": 2}}).of(lesson, grade) == bonus
    assert ("`adopt`**, which is optional" in grade.report) == ("adopt" in met)
    assert ("Its kernel died." in grade.report) == ("Its kernel died." in met.values())


def test_lessons_and_plan_call_optional_what_costs_no_points() -> None:
    plan = (ROOT / "classroom" / "plan.md").read_text(encoding="utf-8")
    optional = optional_exercises()
    assert optional <= functions().keys()
    for function, lesson in functions().items():
        above = reversed(above_starter(function))
        task = next(cell for cell in above if cell.cell_type == "markdown")
        assert ("if there's time" in task.source) == (function in optional), function
        assert (f"{lesson[:2]}'s optional exercise" in plan) == any(
            functions()[name] == lesson for name in optional
        )


@pytest.mark.parametrize("words", ["my class", "my grade", "my setup", "our new class"])
def test_make_grade_takes_no_second_word_of_a_path_for_a_target(words: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "grade", *f"SUBMISSIONS={words}".split()],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "make grade SUBMISSIONS='my class'" in done.stderr


def new_store(folder: Path) -> Store:
    """A store of a submission; the file that it copies is a text."""
    (folder / "store.db").write_text("as it was made")
    return Store(workspace=Workspace(folder / "submission", "/submission"), template=folder)


@pytest.mark.parametrize(
    "make",
    [
        lambda file: file.symlink_to("/etc/hostname"),
        os.mkfifo,
        lambda file: file.write_bytes(bytes(65 * 2**20)),
    ],
)
def test_a_store_that_is_none_is_said(tmp_path: Path, make: Callable[[Path], object]) -> None:
    (tmp_path / "submission").mkdir()
    store = new_store(tmp_path)
    file = tmp_path / "submission" / "store.db"
    file.unlink()
    make(file)
    with pytest.raises(Broken, match=r"what it logged cannot be read \((OSError|ValueError)\)"):
        store.snapshot()


def test_a_fresh_store_replaces_what_the_cells_left(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "submission"
    elsewhere.write_text("of somebody else")
    folder.mkdir()
    (folder / "store.db").symlink_to(elsewhere)
    (folder / "store.db-journal").write_text("SQLite would roll it back into the fresh store")
    new_store(tmp_path)
    assert (folder / "store.db").read_text() == "as it was made"
    assert [path.name for path in folder.iterdir()] == ["store.db"]
    assert elsewhere.read_text() == "of somebody else"
    (folder / "store.db-journal").mkdir()
    with pytest.raises(Broken, match="something else is in the place of its store"):
        new_store(tmp_path)
