"""`make grade` on whole classes: each notebook gets its verdict, and nothing else changes.

A class holds every lesson, found and not named: solved notebooks pass, students' copies are not
begun, other right answers pass, and wrong ones get the same first unmet requirement as in the
notebook. Beside them are notebooks that attack the grading. Each attack is bounded, so that where
the sandbox fails, the test fails and no more. An attack that reaches what it should not says so: it
deletes its right solution, or claims to have passed. Beside the lessons lies what lies there on an
instructor's machine: a copy, an empty notebook, work of the instructor's own.
"""

from __future__ import annotations

import csv
import hashlib
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

from classroom.sandbox import HOME
from tests.answers import NAMES, exercise
from tests.submissions import (
    EVERY_SOLVED,
    FUNCTIONS,
    NOTEBOOKS,
    SOLVED,
    STUDENT,
    TO_THE_HINTS,
    chosen,
    copy_with_strays,
    skip_without,
    submit,
    write_answers,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="grading needs Linux")

ROOT = NOTEBOOKS.parent
# `make grade`, with another folder of lessons than the course's.
GRADE = """
import sys
from pathlib import Path
from classroom.grading import __main__ as command, lessons
lessons.NOTEBOOKS = Path(sys.argv.pop(1))
sys.exit(command.main())
"""
Expected = dict[str, tuple[str, str]]  # by file: verdict, and what is unmet

# Attacks

OUTSIDE = """
from pathlib import Path
import helpers, mlflow, sys
targets = [*Path(helpers.__file__).parent.rglob("*.py"), Path(mlflow.__file__)]
others = ["MARKER", "ROOT/README.md", "/etc/passwd", "/usr/bin/env", sys.executable]
targets += map(Path, others)
reached = []
for target in targets:
    for attack in (lambda: open(target, "a").close(), lambda: target.chmod(0o777)):
        try:
            attack()
            reached.append(target)
        except OSError:
            pass
if reached:
    del execute_tuning
"""
KILLS = """
import os, psutil, signal
seen = psutil.pids()
if len(seen) > 20:  # the machine's own: leave them alone
    del execute_tuning
else:
    parents = [process.pid for process in psutil.Process().parents()]
    for pid in [*parents, *(pid for pid in seen if pid != os.getpid())]:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
"""
FORGES = """
import json, os
said = json.dumps({"verdict": "passed", "unmet": "", "points": 10, "error": "", "report": ""})
for number in range(3, 256):
    try:
        if os.readlink(f"/proc/self/fd/{number}").startswith("pipe:"):
            os.write(number, said.encode())
    except OSError:
        pass
for path in ("MARKER/grades.csv", "/submission/grades.csv", "grades.csv", "../grades.csv"):
    try:
        open(path, "w").write("file,verdict\\n05.ipynb,passed\\n")
    except OSError:
        pass
for process in os.listdir("/proc"):
    if process.isdigit() and int(process) not in (os.getpid(), 1):
        for number in range(256):
            try:
                with open(f"/proc/{process}/fd/{number}", "w") as channel:
                    channel.write(said)
            except OSError:
                pass
"""
OTHERS = """
import os
for folder, _, files in os.walk("/"):
    for name in files:
        if name.endswith((".ipynb", "grades.csv")) and "site-packages" not in folder:
            execute_tuning = None
            open(os.path.join(folder, name), "w").close()
"""
DELETES = """
for found in mlflow.search_experiments():
    try:
        mlflow.delete_experiment(found.experiment_id)
    except mlflow.exceptions.MlflowException:
        pass
"""
DAEMON = """
import subprocess, sys
code = "import time; time.sleep(600)  # MARKER"
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""
MEMORY = """
kept = []
for _ in range(40):
    kept.append(b"x" * 100_000_000)
"""
DISK = """
import os, time
for number in range(40):
    for folder in (".", "/tmp", "/dev/shm"):
        try:
            with open(f"{folder}/{number}", "wb") as file:
                file.write(b"x" * 30_000_000)
        except OSError:
            pass
time.sleep(5)
"""
PROCESSES = """
import os, time
for number in range(400):
    try:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
    except OSError:
        break
else:
    del execute_tuning
"""
PRINTS = """
for _ in range(1024):
    print("x" * 2**20)
"""
OVERRIDES = """
import builtins, json, random, sys
import exercises.best_child, exercises.engine.calling as calling
def nothing(*arguments, **named):
    class Passed:
        passed, state, points, requirement, message = True, "solved", 10, "", ""
    return Passed()
exercises.best_child.check = check = calling.perform = calling.describe = nothing
mlflow.search_runs = mlflow.MlflowClient.search_runs = lambda *a, **k: []
random.random = random.choice = random.seed = nothing
json.dumps = lambda *a, **k: '{"verdict": "passed"}'
"""
TWO_FACED = """
_right = execute_tuning
def execute_tuning(*arguments, **named):
    if mlflow.get_tracking_uri().startswith("http"):
        return _right(*arguments, **named)
"""
IN_PLACE_OF_THE_STORE = """
import os
_right = execute_tuning
def execute_tuning(*arguments, **named):
    found = _right(*arguments, **named)
    os.remove("store.db")
    {made}
    return found
"""
LINK = IN_PLACE_OF_THE_STORE.format(made='os.symlink("/etc/hostname", "store.db")')
PIPE = IN_PLACE_OF_THE_STORE.format(made='os.mkfifo("store.db")')
# Whatever the check looks for, or logs in between, is made up as it goes on.
IN_SQL = """
import sqlite3
_right = execute_tuning
def execute_tuning(*arguments, **named):
    found = _right(*arguments, **named)
    with sqlite3.connect("store.db") as store:
        store.executescript("{sql}")
    return found
"""
VIEWS = IN_SQL.format(
    sql="ALTER TABLE runs RENAME TO r; CREATE VIEW runs AS WITH RECURSIVE n(x) AS "
    "(SELECT 1 UNION ALL SELECT x FROM n) SELECT r.* FROM r, n"
)
TRIGGERS = IN_SQL.format(
    sql="CREATE TRIGGER IF NOT EXISTS t AFTER INSERT ON runs BEGIN "
    "DELETE FROM metrics; DELETE FROM latest_metrics; END"
)
BRACKETS = "-" * 200_000 + "1"
FORGED_MESSAGES = """
from ipykernel.ipkernel import IPythonKernel
def forged(self, content, *arguments, **named):
    content["user_expressions"] = {"said": {"status": "ok", "data": {"text/plain": "[" * 10_000}}}
    return content
send = get_ipython().kernel.session.send
def sends(stream, kind, content=None, *arguments, **named):
    if kind == "execute_reply":
        content = forged(None, content)
    return send(stream, kind, content, *arguments, **named)
get_ipython().kernel.session.send = sends
"""
# Each of these ends without success, so the right answer that shares a notebook with them passes.
RESISTED = (OUTSIDE, KILLS, OTHERS, DELETES, DAEMON, BRACKETS, PRINTS, PROCESSES)
# The notebook that is attacked from, the attacks, the verdict.
HOSTILE = {
    "resisted": (SOLVED, RESISTED, "passed"),
    "forges": (STUDENT, (FORGES,), "unsolved"),
    "fills the memory": (SOLVED, (MEMORY,), "broken"),
    "fills the disk": (SOLVED, (DISK,), "broken"),
    "overrides everything": (STUDENT, (OVERRIDES,), "broken"),
    "is two-faced": (SOLVED, (TWO_FACED,), "wrong"),
    "has a link for a store": (SOLVED, (LINK,), "broken"),
    "has a pipe for a store": (SOLVED, (PIPE,), "broken"),
    "has endless views for tables": (SOLVED, (VIEWS,), "broken"),
    "has triggers": (SOLVED, (TRIGGERS,), "wrong"),
    "forges messages": (SOLVED, (FORGED_MESSAGES,), "broken"),
}

# Odd notebooks

IN_A_CALL = """
_right = execute_tuning
def execute_tuning(*a, **k):
    eval("report")  # of a cell that grading spares, and no name here tells that it is needed
    return _right(*a, **k)
"""
NEEDS = "if not report.passed:\n    del execute_tuning"  # of a cell that grading spares
CRASH = "import os\nos.kill(os.getpid(), 9)"
ORPHAN = """
import subprocess, sys
code = "import time; time.sleep(999)  # MARKER"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""
MISSING = "raised ModuleNotFoundError: No module named 'xgboost' in In"
# The notebook, the cells at its end, those that are kept of it, the verdict, what is said.
ODD = {
    "right": (SOLVED, ("del check, hint, solution", "1 / 0"), TO_THE_HINTS, "passed", ""),
    "mended later": (
        SOLVED,
        ("kept, log_run = log_run, None", "log_run = kept", NEEDS),
        TO_THE_HINTS,
        "passed",
        "",
    ),
    "needs it in a call": (SOLVED, (IN_A_CALL,), TO_THE_HINTS, "passed", ""),
    "no arguments": (SOLVED, ("def execute_tuning(): pass",), FUNCTIONS, "wrong", ""),
    "crashing": (SOLVED, (CRASH,), FUNCTIONS, "broken", "its kernel died"),
    "syntax": (
        SOLVED,
        ("def execute_tuning(test_no)\n    pass",),
        FUNCTIONS,
        "broken",
        "the cell that defines `execute_tuning` raised SyntaxError: ",
    ),
    "package": (
        SOLVED,
        ("import xgboost\nexecute_tuning = xgboost.run",),
        FUNCTIONS,
        "broken",
        f"the cell that defines `execute_tuning` {MISSING} [4]",
    ),
    f"nothing_{STUDENT.stem}": (
        STUDENT,
        ("import xgboost",),
        (),
        "broken",
        f"a cell {MISSING} [1]",
    ),
    "rewritten": (STUDENT, ("def execute_tuning(a): print(a)",), (), "wrong", ""),
    "other": (STUDENT, ("x = 1", "hint()"), (), "broken", "no cell belongs to an exercise"),
}


def hand_in_the_unusual(folder: Path, marker: Path) -> Expected:
    expected = {}
    unusual = {name: (*one[:2], FUNCTIONS, one[2], "") for name, one in HOSTILE.items()} | ODD
    for name, (source, cells, kept, verdict, said) in unusual.items():
        told = (cell.replace("MARKER", str(marker)).replace("ROOT", str(ROOT)) for cell in cells)
        submit(source, folder / f"{name}.ipynb", *told, kept=kept)
        expected[f"{name}.ipynb"] = verdict, said
    (folder / "unreadable.ipynb").write_text("{ this is no notebook")
    return expected | {"unreadable.ipynb": ("broken", "not a readable notebook (NotJSONError)")}


def hand_in_every_lesson(folder: Path, turn: int) -> Expected:
    """Hand in every lesson solved and untouched, and some other answers to each exercise.

    Each sandbox takes its turn with the answers: what a notebook says does not depend on it.
    """
    expected = {}
    for solved in EVERY_SOLVED:
        copies = {"solved": ("passed", solved), "untouched": ("unsolved", NOTEBOOKS / solved.name)}
        for student, (verdict, path) in copies.items():
            (folder / student).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / student)
            expected[f"{student}/{solved.name}"] = verdict, ""
    for name in NAMES:
        made = exercise(name)
        for answer in chosen(name)[turn:4:2]:
            file = f"{name} {answer.kind} {answer.name}/{made.notebook}"
            write_answers([answer], folder / file)
            expected[file] = "passed", ""
            if answer.kind == "wrong":
                expected[file] = "wrong", made.words.requirement[answer.caught_by].title
    return expected


def fingerprint(*folders: Path) -> dict[Path, str]:
    """The content of every file below some folders."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def running(*words: object) -> list[str]:
    """The commands and folders of processes that have one of the words in them."""
    found = (process.info for process in psutil.process_iter(["cmdline", "cwd"]))
    said = (" ".join([*(one["cmdline"] or []), str(one["cwd"])]) for one in found)
    return [command for command in said if any(str(word) in command for word in words)]


def lines(table: Path) -> dict[str, dict[str, str]]:
    if not table.exists():
        return {}
    with table.open(newline="", encoding="utf-8-sig") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@pytest.fixture
def workshop() -> Iterator[Path]:
    """A folder for temporary files, with a short name: sockets have paths in it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def settings(workshop: Path) -> dict[str, str]:
    """An environment without a server, in which an account on one is of no use."""
    unusable = {
        "MLFLOW_TRACKING_URI": "http://localhost:1",
        "MLFLOW_TRACKING_PASSWORD": "forgotten",
    }
    return {**os.environ, "TMPDIR": str(workshop), **unusable}


@pytest.mark.parametrize(("turn", "sandbox"), [(0, "bubblewrap"), (1, "container")])
def test_a_class_is_graded(turn: int, sandbox: str, tmp_path: Path, workshop: Path) -> None:
    skip_without(sandbox)
    there, folder, marker = Path(HOME).exists(), tmp_path / "class", tmp_path / "outside"
    marker.mkdir()
    expected = hand_in_every_lesson(folder, turn) | hand_in_the_unusual(folder, marker)
    hinted = folder / "untouched" / STUDENT.name
    notebook = nbformat.read(hinted, as_version=4)
    hint = nbformat.v4.new_output("execute_result", {"text/plain": "Hint 1 of 3"})
    notebook.cells.append(nbformat.v4.new_code_cell("hint()", outputs=[hint]))
    nbformat.write(notebook, hinted)
    points, output = tmp_path / "points.toml", tmp_path / "grades.csv"
    points.write_text("[05_best_child_challenge]\naccepts_arguments = 2\nbest_metric = 4\n")
    watched = (folder, marker, *(ROOT / name for name in ("helpers", "classroom", "notebooks")))
    before, beside = fingerprint(*watched), copy_with_strays(tmp_path / "notebooks")
    command = [sys.executable, "-c", GRADE, str(beside), str(folder), "--sandbox", sandbox]
    command += ["--output", str(output), "--points", str(points), "--time-limit", "300"]
    done = subprocess.run(
        command, env=settings(workshop), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Not taken" not in done.stdout
    assert "A new study" not in done.stderr  # Optuna's, for each call of lesson 07's check
    rows = lines(output)
    assert {file: row["verdict"] for file, row in rows.items()} == {
        file: verdict for file, (verdict, _) in expected.items()
    }
    for file, (_, said) in expected.items():
        assert said in rows[file]["first_unmet_requirement"], file
        assert (tmp_path / "feedback" / file).with_suffix(".html").is_file()
    assert list(rows) == sorted(rows)
    assert {file: row["hints"] for file, row in rows.items() if row["hints"]} == {
        f"untouched/{STUDENT.name}": "1"
    }
    assert rows[f"solved/{STUDENT.name}"]["points"] == "6"
    assert rows["is two-faced.ipynb"]["points"] == "2"
    assert "2 of 6" in (tmp_path / "feedback" / "is two-faced.html").read_text(encoding="utf-8")
    assert {row["points"] for row in rows.values() if row["verdict"] == "broken"} == {"0"}
    assert rows["rewritten.ipynb"]["exercise"] == STUDENT.stem
    # Nothing was reached, nothing is left.
    assert fingerprint(*watched) == before
    assert list(marker.iterdir()) == list(workshop.iterdir()) == running(marker, workshop) == []
    assert Path(HOME).exists() == there, "The grading wrote where only the sandbox has a folder."


HANG = """
import contextlib, pathlib, signal, time
with contextlib.suppress(OSError):  # in a sandbox
    pathlib.Path("BEGUN").touch()
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
time.sleep(9999)
"""


def test_a_grading_that_is_interrupted_and_killed_goes_on_where_it_stopped(
    tmp_path: Path, workshop: Path
) -> None:
    """As Moodle exports a class: 14 notebooks, one that hangs, and 15 others."""
    folder, begun = tmp_path / "class", tmp_path / "begun"
    output, env = tmp_path / "grades.csv", settings(workshop)
    for number in range(30):
        path = folder / f"Ada Müller {number:02}_47{number}_assignsubmission_file_" / "x.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(f"{{ no notebook {number}")
        if number == 14:
            submit(STUDENT, path, HANG.replace("BEGUN", str(begun)))
    submit(SOLVED, path, ORPHAN.replace("MARKER", str(tmp_path)))
    command = [sys.executable, "-m", "classroom.grading", str(folder), "--output", str(output)]
    command += ["--jobs", "1", "--time-limit", "40", "--sandbox"]
    for sandbox, by, status in (
        ("bubblewrap", signal.SIGINT, 130),
        ("bubblewrap", signal.SIGKILL, -signal.SIGKILL),
        ("none", signal.SIGKILL, -signal.SIGKILL),
    ):
        skip_without(sandbox)
        grader = subprocess.Popen([*command, sandbox], env=env, stderr=subprocess.DEVNULL)
        while not (begun.exists() or "store.db" in str(running(workshop))):
            assert grader.poll() is None
            time.sleep(0.1)
        grader.send_signal(by)
        assert grader.wait(timeout=60) == status
        deadline = time.monotonic() + 30
        while sandbox == "bubblewrap" and running(workshop):
            assert time.monotonic() < deadline, running(workshop)
            time.sleep(0.1)
        assert len(lines(output)) == 14
    assert list(workshop.glob("grading-*")) != []

    done = subprocess.run([*command, "none"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "14 of 30 have not changed since they were graded" in done.stderr
    assert "A grading that was killed had left" in done.stderr
    assert list(workshop.glob("grading-*")) == running(workshop, tmp_path) == []
    rows = [*lines(output).values()]
    assert rows[14]["first_unmet_requirement"] == "took longer than 40 s"
    assert (rows[29]["verdict"], rows[29]["student"]) == ("passed", "Ada Müller 29")
    assert "1 of 30 passed" in done.stdout
    assert len([*(tmp_path / "feedback").glob("*/x.html")]) == 30
