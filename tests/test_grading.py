"""`make grade` on a folder of notebooks: right, wrong, untouched, hanging, broken, cheating …"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

from classroom import grading

ROOT = Path(__file__).resolve().parents[1]
STUDENT = ROOT / "notebooks" / "05_best_child_challenge.ipynb"
SOLVED = ROOT / "notebooks" / "solutions" / "05_best_child_challenge.ipynb"

WRONG = "_right = execute_tuning\ndef execute_tuning(*a, **k):\n    pass"
CHEAT = """
import helpers.challenge, helpers.tree, mlflow
class Passed:
    passed, message, points, state, requirement = True, "well done", 10, "solved", ""
def check(function):
    return Passed()
helpers.challenge.check = check
mlflow.search_runs = mlflow.MlflowClient.search_runs = lambda *a, **k: []
import os, sys
os.write(1, b'["passed", ""]')
"""
HANG = "import time\ntime.sleep(9999)"
CRASH = "import os\nos.kill(os.getpid(), 9)"
ORPHAN = """
import subprocess, sys
code = "import time; time.sleep(999)  # {}"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
"""


FUNCTIONS = ("connect-code", "execute-tuning", "solution")
TO_THE_HINTS = (*FUNCTIONS, "check-execute-tuning", "hint-code")


def submission(source: Path, path: Path, *more: str, kept: tuple[str, ...] = FUNCTIONS) -> None:
    """Write a notebook with some cells of another one, and more at their end."""
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id in kept]
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in more]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def make_grade(folder: Path, tmp_path: Path, *options: str) -> tuple[str, dict[str, list[str]]]:
    """Run the grader as `make grade` does; return what it printed, and the lines of its table."""
    output = tmp_path / "grades.csv"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "classroom.grading",
            str(folder),
            "--output",
            str(output),
            *options,
        ],
        env={**os.environ, "MLFLOW_TRACKING_URI": "http://localhost:1"},  # it has its own server
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with output.open(newline="") as file:
        rows = {row.pop("file"): list(row.values()) for row in csv.DictReader(file)}
    return done.stdout, rows


def test_a_class_is_graded(tmp_path: Path) -> None:
    folder, marker = tmp_path / "class", str(tmp_path)
    submission(STUDENT, folder / "ada" / "hanging.ipynb", HANG, kept=())
    submission(SOLVED, folder / "ada" / "right.ipynb", kept=TO_THE_HINTS)
    odd = ("del check, hint, solution", "1 / 0", ORPHAN.format(marker))
    submission(SOLVED, folder / "odd.ipynb", *odd)
    submission(SOLVED, folder / "wrong.ipynb", WRONG)
    submission(STUDENT, folder / "untouched.ipynb", kept=TO_THE_HINTS)
    submission(STUDENT, folder / "cheating.ipynb", CHEAT)
    submission(SOLVED, folder / "crashing.ipynb", CRASH, kept=())
    (folder / "broken.ipynb").write_text("{ this is no notebook")

    archive = shutil.make_archive(str(tmp_path / "class"), "zip", folder)
    said, rows = make_grade(Path(archive), tmp_path, "--time-limit", "60")
    verdicts = {name: (row[0], row[1]) for name, row in rows.items()}
    assert verdicts == {
        str(Path("ada", "right.ipynb")): ("passed", ""),
        "odd.ipynb": ("passed", ""),
        "wrong.ipynb": ("wrong", "it logs to the experiment that is active when it is called"),
        "untouched.ipynb": ("unsolved", verdicts["untouched.ipynb"][1]),
        "cheating.ipynb": ("unsolved", verdicts["cheating.ipynb"][1]),
        "broken.ipynb": ("broken", "it is a notebook (NotJSONError)"),
        "crashing.ipynb": ("broken", "its kernel stays alive"),
        str(Path("ada", "hanging.ipynb")): ("broken", "it ends within 60 s"),
    }
    assert "2 of 8 passed" in said
    hints = {name: row[2] for name, row in rows.items() if row[2]}
    assert hints == {"untouched.ipynb": "1"}  # what the notebook as handed in shows
    living = psutil.process_iter(["cmdline"])
    assert [p for p in living if f"# {marker}" in " ".join(p.info["cmdline"] or [])] == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nothing", "neither a folder nor a zip file"), (".", "There is no *.ipynb in")],
)
def test_nothing_to_grade_is_a_sentence(
    tmp_path: Path, name: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "grades.csv"
    assert grading.main([str(tmp_path / name), "--output", str(table)]) == 1
    assert sentence in capsys.readouterr().err
    assert not table.exists()
