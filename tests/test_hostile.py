"""`make grade` on notebooks that attack it: each gets its verdict, and nothing else changes.

Each attack is bounded, so that where the sandbox fails, the test fails and no more. An attack that
reaches what it should not says so: it deletes its right solution, or claims to have passed.
"""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.submissions import NOTEBOOKS, SOLVED, STUDENT, skip_without, submit

pytestmark = pytest.mark.skipif(os.name != "posix", reason="grading needs Linux")

ROOT = NOTEBOOKS.parent

OUTSIDE = """
from pathlib import Path
import helpers, mlflow, sys
targets = [*Path(helpers.__file__).parent.rglob("*.py"), Path(mlflow.__file__)]
others = ["{marker}", "{root}/README.md", "/etc/passwd", "/usr/bin/env", sys.executable]
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
said = json.dumps({{"verdict": "passed", "unmet": "", "points": 10, "error": "", "report": ""}})
for number in range(3, 256):
    try:
        if os.readlink(f"/proc/self/fd/{{number}}").startswith("pipe:"):
            os.write(number, said.encode())
    except OSError:
        pass
for path in ("{marker}/grades.csv", "/submission/grades.csv", "grades.csv", "../grades.csv"):
    try:
        open(path, "w").write("file,verdict\\n05.ipynb,passed\\n")
    except OSError:
        pass
for process in os.listdir("/proc"):
    if process.isdigit() and int(process) not in (os.getpid(), 1):
        for number in range(256):
            try:
                with open(f"/proc/{{process}}/fd/{{number}}", "w") as channel:
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
code = "import time; time.sleep(600)  # {marker}"
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
NO_STORE = """
import os
_right = execute_tuning
def execute_tuning(*arguments, **named):
    found = _right(*arguments, **named)
    os.remove("store.db")
    os.symlink("/etc/hostname", "store.db")
    return found
"""
PIPE = """
import os
_right = execute_tuning
def execute_tuning(*arguments, **named):
    found = _right(*arguments, **named)
    os.remove("store.db")
    os.mkfifo("store.db")
    return found
"""
# Whatever the check looks for, or logs in between, is made up as it goes on.
IN_SQL = """
import sqlite3
_right = execute_tuning
def execute_tuning(*arguments, **named):
    found = _right(*arguments, **named)
    with sqlite3.connect("store.db") as store:
        {sql}
    return found
"""
VIEWS = IN_SQL.format(
    sql='store.executescript("ALTER TABLE runs RENAME TO r; CREATE VIEW runs AS WITH RECURSIVE '
    'n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT r.* FROM r, n")'
)
TRIGGERS = IN_SQL.format(
    sql='store.executescript("CREATE TRIGGER IF NOT EXISTS t AFTER INSERT ON runs BEGIN '
    'DELETE FROM metrics; DELETE FROM latest_metrics; END")'
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
# The notebook that is attacked from, the attack, the verdict.
HOSTILE = {
    "changes_what_is_outside": (SOLVED, OUTSIDE, "passed"),
    "kills": (SOLVED, KILLS, "passed"),
    "forges": (STUDENT, FORGES, "unsolved"),
    "reads_and_empties_the_others": (SOLVED, OTHERS, "passed"),
    "deletes_all_experiments": (SOLVED, DELETES, "passed"),
    "leaves_a_daemon": (SOLVED, DAEMON, "passed"),
    "fills_the_memory": (SOLVED, MEMORY, "broken"),
    "fills_the_disk": (SOLVED, DISK, "broken"),
    "fills_the_process_table": (SOLVED, PROCESSES, "passed"),
    "prints_a_gigabyte": (SOLVED, PRINTS, "passed"),
    "overrides_everything": (STUDENT, OVERRIDES, "broken"),
    "is_two_faced": (SOLVED, TWO_FACED, "wrong"),
    "has_a_link_for_a_store": (SOLVED, NO_STORE, "broken"),
    "has_a_pipe_for_a_store": (SOLVED, PIPE, "broken"),
    "has_endless_views_for_tables": (SOLVED, VIEWS, "broken"),
    "has_triggers": (SOLVED, TRIGGERS, "wrong"),
    "nests_200_000_deep": (SOLVED, BRACKETS, "passed"),
    "forges_messages": (SOLVED, FORGED_MESSAGES, "broken"),
}
OTHERS_VERDICTS = {"innocent_right.ipynb": "passed", "innocent_untouched.ipynb": "unsolved"}


def fingerprint(*folders: Path) -> dict[str, str]:
    """Return the content of every file below some folders."""
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    kept = [p for p in files if "__pycache__" not in p.parts]
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in kept}


def left_over(marker: Path) -> list[str]:
    """Return the commands of processes that carry the marker, or are a sandbox on its folder."""
    commands = (" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))
    return [command for command in commands if str(marker) in command]


@pytest.mark.parametrize("sandbox", ["bubblewrap", "container"])
def test_a_hostile_class(sandbox: str, tmp_path: Path) -> None:
    skip_without(sandbox)
    folder, marker = tmp_path / "class", tmp_path / "outside"
    workshop = Path(tempfile.mkdtemp())  # with a short name: sockets have short ones
    marker.mkdir()
    for name, (source, attack, _) in HOSTILE.items():
        if "{{" in attack or "{marker}" in attack:
            attack = attack.format(marker=marker, root=ROOT)
        submit(source, folder / f"{name}.ipynb", attack)
    submit(SOLVED, folder / "innocent_right.ipynb")
    submit(STUDENT, folder / "innocent_untouched.ipynb")
    watched = (folder, marker, ROOT / "helpers", ROOT / "classroom", ROOT / "notebooks")
    before = fingerprint(*watched)
    options = ["--output", str(tmp_path / "grades.csv"), "--memory", "1000", "--time-limit", "120"]
    command = [sys.executable, "-m", "classroom.grading", str(folder), "--sandbox", sandbox]
    done = subprocess.run(
        [*command, *options],
        env={**os.environ, "TMPDIR": str(workshop)},  # so that what is left over has its name
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8-sig") as table:
        rows = {row["file"]: row for row in csv.DictReader(table)}
    verdicts = {f"{name}.ipynb": verdict for name, (*_, verdict) in HOSTILE.items()}
    assert {name: row["verdict"] for name, row in rows.items()} == verdicts | OTHERS_VERDICTS, rows
    assert fingerprint(*watched) == before
    assert left_over(tmp_path) == left_over(workshop) == list(workshop.iterdir()) == []
    workshop.rmdir()
    assert list(marker.iterdir()) == []
