"""`make grade` on a folder of notebooks: right, wrong, untouched, hanging, broken, cheating …"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from classroom.grading import NotUsable, feedback, store
from classroom.grading import __main__ as command
from classroom.grading.points import Points
from classroom.grading.table import Grade, Table
from classroom.sandbox import Workspace
from classroom.sandbox.bare import Bare
from classroom.sandbox.kernel import Broken
from tests.submissions import SOLVED, STUDENT, TO_THE_HINTS, submit

pytestmark = pytest.mark.skipif(os.name != "posix", reason="grading needs Linux")

WRONG = "_right = execute_tuning\ndef execute_tuning(*a, **k):\n    return str(a)"
CHEAT = """
import exercises.best_child, helpers.tree, mlflow
class Passed:
    passed, message, points, state, requirement = True, "well done", 10, "solved", ""
def check(function):
    return Passed()
exercises.best_child.check = check
mlflow.search_runs = mlflow.MlflowClient.search_runs = lambda *a, **k: []
import os, sys
os.write(1, b'["passed", ""]')
"""
IN_A_CALL = """
_right = execute_tuning
def execute_tuning(*a, **k):
    eval("report")  # of a cell that grading spares, and no name here tells that it is needed
    return _right(*a, **k)
"""
HANG = """
import signal, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
time.sleep(9999)
"""
CRASH = "import os\nos.kill(os.getpid(), 9)"
ORPHAN = """
import subprocess, sys
code = "import time; time.sleep(999)  # {}"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""


def make_grade(
    folder: Path, tmp_path: Path, *options: str
) -> tuple[str, dict[str, dict[str, str]]]:
    """Run the grader as `make grade` does; return what it printed, and the lines of its table."""
    output = tmp_path / "grades.csv"
    command = [sys.executable, "-m", "classroom.grading", str(folder), "--output", str(output)]
    done = subprocess.run(
        [*command, *options],
        env={**os.environ, "MLFLOW_TRACKING_URI": "http://localhost:1"},  # it needs no server
        capture_output=True,
        text=True,
        check=False,
    )
    if "there is none here" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    with output.open(newline="", encoding="utf-8-sig") as file:
        return done.stdout, {row["file"]: row for row in csv.DictReader(file)}


def verdicts(rows: dict[str, dict[str, str]]) -> dict[str, tuple[str, str]]:
    return {name: (row["verdict"], row["first_unmet_requirement"]) for name, row in rows.items()}


def show_a_hint(path: Path) -> None:
    """Give a notebook's last cell the output of `hint()`."""
    notebook = nbformat.read(path, as_version=4)
    hint = nbformat.v4.new_output("execute_result", {"text/plain": "Hint 1 of 3"})
    notebook.cells[-1].outputs = [hint]
    nbformat.write(notebook, path)


def test_a_class_is_graded(tmp_path: Path) -> None:
    folder, marker = tmp_path / "class", str(tmp_path)
    submit(SOLVED, folder / "ada" / "right.ipynb", kept=TO_THE_HINTS)
    odd = ("del check, hint, solution", "1 / 0", ORPHAN.format(marker))
    submit(SOLVED, folder / "odd.ipynb", *odd)
    submit(SOLVED, folder / "wrong.ipynb", WRONG)
    submit(STUDENT, folder / "untouched.ipynb", kept=TO_THE_HINTS)
    show_a_hint(folder / "untouched.ipynb")
    submit(STUDENT, folder / "cheating.ipynb", CHEAT)
    submit(SOLVED, folder / "crashing.ipynb", CRASH)
    (folder / "broken.ipynb").write_text("{ this is no notebook")

    archive = shutil.make_archive(str(tmp_path / "class"), "zip", folder)
    said, rows = make_grade(Path(archive), tmp_path)
    found = verdicts(rows)
    assert found == {
        str(Path("ada", "right.ipynb")): ("passed", ""),
        "odd.ipynb": ("passed", ""),
        "wrong.ipynb": ("wrong", "it logs to the experiment that is active when it is called"),
        "untouched.ipynb": ("unsolved", found["untouched.ipynb"][1]),
        "cheating.ipynb": ("unsolved", found["cheating.ipynb"][1]),
        "broken.ipynb": ("broken", "not a readable notebook (NotJSONError)"),
        "crashing.ipynb": ("broken", "its kernel died"),
    }
    assert list(rows) == sorted(rows)
    assert "2 of 7 passed" in said
    hints = {name: row["hints"] for name, row in rows.items() if row["hints"]}
    assert hints == {"untouched.ipynb": "1"}  # what the notebook as handed in shows
    assert {row["points"] for row in rows.values() if row["verdict"] != "passed"} == {"0"}
    living = psutil.process_iter(["cmdline"])
    assert [p for p in living if f"# {marker}" in " ".join(p.info["cmdline"] or [])] == []


def test_own_errors_go_by_their_own_names(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    submit(SOLVED, folder / "syntax.ipynb", "def execute_tuning(test_no)\n    pass")
    submit(SOLVED, folder / "package.ipynb", "import xgboost\nexecute_tuning = xgboost.run")
    submit(STUDENT, folder / f"nothing_{STUDENT.name}", "import xgboost", kept=())
    _, rows = make_grade(folder, tmp_path)
    assert {row["verdict"] for row in rows.values()} == {"broken"}
    said = {name: row["first_unmet_requirement"] for name, row in rows.items()}
    assert "the cell that defines `execute_tuning` raised SyntaxError: " in said["syntax.ipynb"]
    assert "line 1 of In [4]" in said["syntax.ipynb"]
    missing = "ModuleNotFoundError: No module named 'xgboost'"
    assert f"the cell that defines `execute_tuning` raised {missing} in In [4]" in said.values()
    assert f"a cell raised {missing} in In [1]" in said.values()


def test_what_comes_later_counts_and_what_is_needed_runs(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    later = ("kept, log_run = log_run, None", "log_run = kept")
    submit(SOLVED, folder / "mended_in_a_later_cell.ipynb", *later)
    needs = "if not report.passed:\n    del execute_tuning"  # of a cell that grading spares
    submit(SOLVED, folder / "needs_the_report.ipynb", needs, kept=TO_THE_HINTS)
    submit(SOLVED, folder / "needs_it_in_a_call.ipynb", IN_A_CALL, kept=TO_THE_HINTS)
    _, rows = make_grade(folder, tmp_path)
    assert set(verdicts(rows).values()) == {("passed", "")}, rows


def test_a_notebook_that_hangs(tmp_path: Path) -> None:
    submit(STUDENT, tmp_path / "class" / "hanging.ipynb", HANG)
    _, rows = make_grade(tmp_path / "class", tmp_path, "--time-limit", "8")
    assert verdicts(rows) == {"hanging.ipynb": ("broken", "took longer than 8 s")}


def test_without_a_sandbox_on_the_instructors_word(tmp_path: Path) -> None:
    marker = str(tmp_path)
    submit(SOLVED, tmp_path / "class" / "right.ipynb", ORPHAN.format(marker))
    _, rows = make_grade(tmp_path / "class", tmp_path, "--no-sandbox")
    assert verdicts(rows) == {"right.ipynb": ("passed", "")}
    living = psutil.process_iter(["cmdline"])
    assert [p for p in living if f"# {marker}" in " ".join(p.info["cmdline"] or [])] == []


def test_an_error_of_ours_is_no_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str | None) -> Bare:
        raise FileNotFoundError(f"/bin/chmod is missing, and {name} has nothing to do with it")

    submit(SOLVED, tmp_path / "class" / "right.ipynb")
    monkeypatch.setattr(command, "choose", fail)
    with pytest.raises(FileNotFoundError, match="chmod"):
        command.main([str(tmp_path / "class"), "--output", str(tmp_path / "grades.csv")])


def test_no_sandbox_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    submit(SOLVED, tmp_path / "class" / "right.ipynb")
    table = tmp_path / "grades.csv"
    assert command.main([str(tmp_path / "class"), "--output", str(table)]) == 1
    said = capsys.readouterr().err
    assert "bubblewrap" in said
    assert "container engine" in said
    assert "--no-sandbox" in said
    assert not table.exists()


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])  # Windows has no SIGKILL to name here
def test_an_interrupt_leaves_nothing_running(tmp_path: Path, name: str) -> None:
    by = signal.Signals[name]
    submit(STUDENT, tmp_path / "class" / "hanging.ipynb", HANG)
    command = [sys.executable, "-m", "classroom.grading", str(tmp_path / "class")]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as workshop:
        grader = subprocess.Popen(
            [*command, "--output", str(tmp_path / "grades.csv")],
            env={**os.environ, "TMPDIR": workshop},
            stderr=subprocess.DEVNULL,
        )
        while not any("store.db" in command for command in running(workshop)):
            assert grader.poll() is None
            time.sleep(0.1)
        grader.send_signal(by)
        assert grader.wait(timeout=60) == (130 if by == signal.SIGINT else -by)
        for _ in range(300):
            if running(workshop):
                time.sleep(0.1)
        assert running(workshop) == []
    assert not (tmp_path / "grades.csv").exists()


def running(workshop: str) -> list[str]:
    """Return the commands and folders of the processes that work in a folder."""
    found = (process.info for process in psutil.process_iter(["cmdline", "cwd"]))
    said = (" ".join([*(one["cmdline"] or []), str(one["cwd"])]) for one in found)
    return [command for command in said if workshop in command]


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


WAITS = "import pathlib, time\nwhile not pathlib.Path({!r}).exists():\n    time.sleep(0.1)"


def class_of_thirty(folder: Path, marker: Path) -> Path:
    """As Moodle exports it: mostly files that are no notebook, since these take no time."""
    for number in range(30):
        name = f"Ada Müller {number:02}_{4700 + number}_assignsubmission_file_"
        (folder / name).mkdir(parents=True)
        (folder / name / "challenge.ipynb").write_text(f"{{ no notebook {number}")
    submit(STUDENT, folder / name / "challenge.ipynb", kept=TO_THE_HINTS)
    waits = folder / "Ada Müller 14_4714_assignsubmission_file_" / "challenge.ipynb"
    submit(SOLVED, waits, WAITS.format(str(marker)))
    (folder / "__MACOSX").mkdir()
    (folder / "notes.txt").write_text("")
    return Path(shutil.make_archive(str(folder), "zip", folder))


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, with a short name: sockets have paths in it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def test_a_class_of_thirty_killed_in_the_middle_and_started_again(
    tmp_path: Path, temporary: Path
) -> None:
    marker, output = tmp_path / "marker", tmp_path / "grades.csv"
    archive = class_of_thirty(tmp_path / "class", marker)
    command = [sys.executable, "-m", "classroom.grading", str(archive), "--output", str(output)]
    command += ["--no-sandbox", "--jobs", "1"]
    env = {**os.environ, "TMPDIR": str(temporary)}
    first = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    while len(lines(output)) < 14 or not running(str(temporary)):
        assert first.poll() is None
        time.sleep(0.05)
    first.kill()
    first.wait()
    assert len(lines(output)) == 14
    assert list(temporary.glob("grading-*")) != []

    marker.touch()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "14 of 30 have not changed since they were graded" in done.stderr
    assert "A grading that was killed had left" in done.stderr
    assert list(temporary.glob("grading-*")) == []
    assert running(str(temporary)) == []
    table = lines(output)
    assert [row["verdict"] for row in table].count("broken") == 28
    assert (table[14]["verdict"], table[14]["student"]) == ("passed", "Ada Müller 14")
    assert (table[14]["points"], table[29]["verdict"]) == ("10", "unsolved")
    assert "__MACOSX" not in done.stdout  # an empty folder
    assert "notes.txt: not a notebook" in done.stdout
    assert len(list((tmp_path / "feedback").glob("*/challenge.html"))) == 30


def lines(table: Path) -> list[dict[str, str]]:
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_a_table_of_other_submissions_is_kept(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.ipynb").write_text("no notebook")
    make_grade(tmp_path / "one", tmp_path, "--no-sandbox")
    _, rows = make_grade(tmp_path / "two", tmp_path, "--no-sandbox")
    assert list(rows) == ["two.ipynb"]
    assert [row["file"] for row in lines(tmp_path / "grades-earlier-1.csv")] == ["one.ipynb"]


def test_a_new_name_in_a_class_regrades_nobody_else(tmp_path: Path) -> None:
    table = Table(tmp_path / "grades.csv")
    for name in ("ada", "bob", "old"):
        table.add(Grade(f"{name}.ipynb", "passed"))
    earlier = table.keep_only(f"{name}.ipynb" for name in ("ada", "bob", "new"))  # used up at once
    assert sorted(table.rows) == ["ada.ipynb", "bob.ipynb"]
    assert earlier
    assert [row["file"] for row in lines(earlier)] == ["ada.ipynb", "bob.ipynb", "old.ipynb"]
    assert table.keep_only(iter(table.rows)) is None


def test_points_for_each_requirement_and_a_page_to_hand_back(tmp_path: Path) -> None:
    submit(SOLVED, tmp_path / "class" / "wrong.ipynb", WRONG)
    points = tmp_path / "points.toml"
    points.write_text("[05_best_child_challenge]\naccepts_arguments = 2\nbest_metric = 4\n")
    _, rows = make_grade(tmp_path / "class", tmp_path, "--points", str(points))
    assert rows["wrong.ipynb"]["points"] == "2"
    page = (tmp_path / "feedback" / "wrong.html").read_text(encoding="utf-8")
    assert "2 of 6" in page
    assert "it logs to the experiment that is active when it is called" in page
    assert "Expected:" in page
    assert "you get all of them" not in page


def test_a_notebook_of_no_lesson_is_judged_by_its_function_or_not_at_all(tmp_path: Path) -> None:
    folder, points = tmp_path / "class", tmp_path / "points.toml"
    submit(STUDENT, folder / "rewritten.ipynb", "def execute_tuning(a): print(a)", kept=())
    submit(STUDENT, folder / "blank.ipynb", kept=())
    submit(STUDENT, folder / "other.ipynb", "x = 1", "hint()", kept=())
    points.write_text("[05_best_child_challenge]\nbest_metric = 4\n")
    _, rows = make_grade(folder, tmp_path, "--points", str(points))
    assert rows["rewritten.ipynb"]["exercise"] == STUDENT.stem
    assert rows["rewritten.ipynb"]["verdict"] == "wrong"
    assert "0 of 4" in (tmp_path / "feedback" / "rewritten.html").read_text(encoding="utf-8")
    for name in ("blank", "other"):
        assert (rows[f"{name}.ipynb"]["verdict"], rows[f"{name}.ipynb"]["exercise"]) == (
            "broken",
            "",
        )
        page = (tmp_path / "feedback" / f"{name}.html").read_text(encoding="utf-8")
        assert "<dt>What happened</dt><dd>no cell belongs to an exercise" in page


def test_points_for_what_is_no_requirement_are_a_sentence() -> None:
    with pytest.raises(NotUsable, match="the requirement 'bset', which does not exist"):
        Points({"05": {"bset": 1}}).must_fit({"05": ["best"]})
    with pytest.raises(NotUsable, match="the exercise '06', which does not exist"):
        Points({"06": {}}).must_fit({"05": ["best"]})


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
    logged = store.Store(store.uri("/submission"), store.EXPERIMENTS, workspace)
    with pytest.raises(Broken, match="what it logged cannot be read"):
        logged.snapshot()
    assert kind != "nothing" or not list(folder.iterdir())  # it is read in a copy


def test_a_fresh_store_replaces_what_the_cells_left(tmp_path: Path) -> None:
    template = tmp_path / "template"
    space = Workspace(tmp_path / "submission", "/submission")
    for folder in (template, space.folder):
        folder.mkdir()
    store.make(template, "/submission")
    store.give(template / store.FILE, space)
    file, journal = space.folder / store.FILE, space.folder / f"{store.FILE}-journal"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("of somebody else")
    file.unlink()
    file.symlink_to(elsewhere)
    journal.write_text("SQLite would roll it back into the fresh store")
    store.give(template / store.FILE, space)
    assert file.read_bytes() == (template / store.FILE).read_bytes()
    assert not journal.exists()
    assert elsewhere.read_text() == "of somebody else"
    journal.mkdir()
    with pytest.raises(Broken, match="something stands in place of its store"):
        store.give(template / store.FILE, space)
