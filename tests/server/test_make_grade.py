"""`make grade` on whole classes: each notebook gets its verdict, and nothing else changes.

One sandbox gets every solved lesson, another one some wrong answers: they get the same first unmet
requirement as in the notebook. Next to them are notebooks with odd names, odd ones, and some that
attack the sandbox or the grading: unusual.toml.
"""

from __future__ import annotations

import csv
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from classroom.sandbox import HOME
from classroom.spreadsheet import inert
from exercises.accuse.casebook import case_of
from exercises.solved_notebooks import optional_exercises
from tests.answers import chosen, exercise
from tests.odd_class import CLASSES, hand_in
from tests.shared import NEEDS_LINUX, ORDINARY, OWN, as_user
from tests.submissions import (
    FUNCTIONS,
    NOTEBOOKS,
    SOLVED,
    STUDENT,
    WITH_EXERCISES,
    skip_without,
    submit,
    write_answers,
)

pytestmark = NEEDS_LINUX

ROOT = NOTEBOOKS.parent
GRADE = [sys.executable, "-m", "classroom.grading"]
Expected = dict[str, tuple[str, str]]  # by file: verdict, and what is unmet
# Two of one lesson, one of them optional; one that is awaited; one that registers models.
WRONG = ("nest", "adopt", "from_coroutines", "tune_and_keep")
ODD_NAMES = 3  # of a class whose students have odd names, and then odd files


def hand_in_the_unusual(folder: Path, outside: Path, turn: int, own: bool) -> Expected:
    expected = {"unreadable.ipynb": ("broken", "not a readable notebook (NotJSONError)")}
    (folder / "unreadable.ipynb").write_text("{ this is no notebook")
    text = Path(__file__).with_name("unusual.toml").read_text(encoding="utf-8")
    for word, meaning in {"MARKER": outside, "ROOT": ROOT, "DEEP": "-" * 200_000}.items():
        text = text.replace(word, str(meaning))
    tables = tomllib.loads(text)
    odd = [*tables["odd"].items()][turn::2] if own else []
    for name, case in [*tables["hostile"].items(), *odd]:
        source = STUDENT if case.get("untouched") else SOLVED
        submit(source, folder / f"{name}.ipynb", *case["cells"], kept=case.get("kept", FUNCTIONS))
        expected[f"{name}.ipynb"] = case["verdict"], case.get("unmet", "")
    return expected


def hand_in_lessons(folder: Path, turn: int) -> Expected:
    """Hand in all solved lessons to one sandbox, and some wrong answers to the other."""
    expected: Expected = {}
    if turn == 0:
        for lesson in WITH_EXERCISES:
            shutil.copy(SOLVED.with_name(lesson), folder)
            expected[lesson] = "passed", ""
        return expected
    for name in WRONG:
        task, wrong = exercise(name), chosen(name)[-1]
        file = f"{name}/{task.notebook}"
        write_answers([wrong], folder / file)
        expected[file] = "wrong", task.words.requirement[wrong.caught_by].title
        if task.name in optional_exercises():
            expected[file] = "passed", ""
    return expected


def contents(*folders: Path) -> dict[Path, int]:
    """The content of every file below some folders, as a number."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: hash(path.read_bytes()) for path in files if "__pycache__" not in path.parts}


def running(*words: object) -> list[str]:
    """The processes whose command or folder has one of the words in it."""
    processes = [str(process.info) for process in psutil.process_iter(["cmdline", "cwd"])]
    return [process for process in processes if any(str(word) in process for word in words)]


def lines(table: Path) -> dict[str, dict[str, str]]:
    with table.open(newline="", encoding="utf-8-sig") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, without a server, and with an account that is of no use."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "forgotten")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


@pytest.fixture
def desk() -> Iterator[Path]:
    """A folder for submissions and grades that an ordinary user can use, too."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


# Nearly every instructor is an ordinary user. Then another way leads into bubblewrap.
@pytest.mark.parametrize(
    ("turn", "sandbox", "user"),
    sorted({(0, "bubblewrap", OWN), (1, "container", OWN), (0, "bubblewrap", ORDINARY)}),
)
def test_a_class_is_graded(turn: int, sandbox: str, user: int, desk: Path, workshop: Path) -> None:
    skip_without(sandbox)
    home_exists, folder, outside = Path(HOME).exists(), desk / "class", desk / "outside"
    outside.mkdir()
    folder.mkdir()
    expected = hand_in_the_unusual(folder, outside, turn, user == OWN)
    odd = CLASSES["a folder each"][:ODD_NAMES] if turn else []
    hand_in(odd, folder)
    if user == OWN:
        expected |= hand_in_lessons(folder, turn)
    if sandbox == "bubblewrap" and user == OWN == 0:
        # As root, the kernel's own second bubblewrap can be killed, and the kernel ends with it.
        expected["kills.ipynb"] = "broken", "its kernel died"
    points, output, pages = desk / "points.toml", desk / "grades.csv", desk / "feedback"
    points.write_text("[05_best_child_challenge]\naccepts_arguments = 2\nbest_metric = 4\n")
    watched = (folder, outside, *(ROOT / name for name in ("helpers", "classroom", "notebooks")))
    before = contents(*watched)
    if user != OWN:
        subprocess.run(["chown", "-R", str(user), desk, workshop], check=True)
    command = [*as_user(user), *GRADE, str(folder), "--sandbox", sandbox]
    command += ["--output", str(output), "--points", str(points)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "A new study" not in done.stderr  # Optuna's, for each call of lesson 09's check
    rows = lines(output)
    by_student = {row["student"]: row for row in rows.values()}
    cases = [(rows[file], *wanted) for file, wanted in expected.items()]
    cases += [(by_student[inert(other.student)], "passed", "") for other in odd]
    assert len(rows) == len(cases)
    for row, verdict, unmet in cases:
        assert row["verdict"] == verdict, row
        assert unmet in row["first_unmet_requirement"], row
        assert not row["first_unmet_requirement"].endswith(":"), row
        assert (pages / row["page"]).is_file()
    if two_faced := rows.get("is two-faced.ipynb"):
        assert (two_faced["points"], two_faced["hints"]) == ("2", "1")
        assert "2 of 6" in (pages / two_faced["page"]).read_text(encoding="utf-8")
    if crashes := rows.get("crashes.ipynb"):
        page = (pages / crashes["page"]).read_text(encoding="utf-8")
        assert "<pre><code>its last words" in page
    # Nothing was reached, nothing remains.
    assert contents(*watched) == before
    assert list(outside.iterdir()) == list(workshop.iterdir()) == running(outside, workshop) == []
    assert Path(HOME).exists() == home_exists, "Only the sandbox has this folder."


def test_each_student_is_judged_by_a_case_of_their_own(
    tmp_path: Path, workshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of five students has handed in what the first one found."""
    skip_without("bubblewrap")
    monkeypatch.setenv("CASE_SEED", "autumn 26")
    lesson = WITH_EXERCISES[-1]
    students = ["Ada Lovelace", "Bob", "Carol", "Dan", "Eve"]
    for student in students:
        case = case_of(f"{student.replace('Eve', students[0])} autumn 26")
        answer = {"model": case.model, "moved_by": case.culprit, "winner": case.sound[0]}
        answer["because"] = [min(runs) for runs in case.evidence.values()]
        path = tmp_path / "class" / student / lesson
        submit(SOLVED.with_name(lesson), path, f"def accuse():\n    return {answer}", kept=())
    output = tmp_path / "grades.csv"
    command = [*GRADE, str(tmp_path / "class"), "--sandbox", "bubblewrap", "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    verdicts = {row["student"]: row["verdict"] for row in lines(output).values()}
    assert verdicts == dict.fromkeys(students, "passed") | {"Eve": "wrong"}


HANG = """
import contextlib, pathlib, signal, time
with contextlib.suppress(OSError):  # in a sandbox
    pathlib.Path("BEGUN").touch()
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
time.sleep(9999)
"""
ORPHAN = """
import subprocess, sys
code = "import time; time.sleep(999)  # MARKER"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""


def test_a_grading_that_is_interrupted_and_killed_goes_on_where_it_stopped(
    tmp_path: Path, workshop: Path
) -> None:
    folder, begun, output = (tmp_path / name for name in ("class", "begun", "grades.csv"))
    submit(STUDENT, folder / "b.ipynb", HANG.replace("BEGUN", str(begun)))
    submit(STUDENT, folder / "c.ipynb", ORPHAN.replace("MARKER", str(tmp_path)))
    (folder / "a.ipynb").write_text("{ this is no notebook")
    command = [*GRADE, str(folder), "--output", str(output)]
    command += ["--jobs", "1", "--time-limit", "20", "--sandbox"]
    for sandbox, by, status in (
        ("bubblewrap", signal.SIGINT, 130),
        ("none", signal.SIGKILL, -signal.SIGKILL),
    ):
        skip_without(sandbox)
        grader = subprocess.Popen([*command, sandbox], stderr=subprocess.DEVNULL)
        while not (begun.exists() or "store.db" in str(running(workshop))):
            assert grader.poll() is None
            time.sleep(0.1)
        grader.send_signal(by)
        assert grader.wait(timeout=60) == status
        for _ in range(300):
            if running(workshop):
                time.sleep(0.1)
        assert running(workshop) == []
        assert list(lines(output)) == ["a.ipynb"]
    assert list(workshop.glob("grading-*")) != []

    done = subprocess.run([*command, "none"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 of 3 have not changed since they were graded" in done.stderr
    assert "an earlier, killed grading had left behind" in done.stderr
    assert list(workshop.glob("grading-*")) == running(workshop, tmp_path) == []
    _, hangs, last = lines(output).values()
    assert hangs["first_unmet_requirement"] == "took longer than 20 s"
    assert last["verdict"] == "unsolved"
    assert len([*(tmp_path / "feedback").rglob("*.html")]) == 3
