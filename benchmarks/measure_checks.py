"""Section 5: the check before class, and what a lesson's first cell and `make lab` wait for."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import requests

from benchmarks.processes import ROOT, clean_environment, course_server, end_family, fresh_folder
from benchmarks.report import Goal, Section, Table
from helpers.server import free_url

FIRST_CELL = {
    "`import helpers`": "import helpers",
    "`import mlflow`": "import mlflow",
    "what lesson 04 imports": "from helpers import connect, execute_tuning, children, parents",
    "the same, and `connect`": "from helpers import connect, execute_tuning, children, parents;"
    " connect('bench')",
}
DURATION = re.compile(r"^([\d.]+)s (setup|call|teardown) +(\S+?)::(?:ipynb::)?Cell (\d+)")


def checks(rounds: int, whole: bool) -> Section:
    """Measure each notebook alone (two, if not `whole`), all together, and then `make test`."""
    notebooks = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb"))
    notebooks = [path for path in notebooks if ".ipynb_checkpoints" not in path.parts]
    lessons = [path for path in notebooks if path.parent.name == "notebooks"]
    with course_server() as server:
        rows = [one_notebook(path, server.url) for path in notebooks[: None if whole else 2]]
        seconds, _ = pytest(server.url, ["-n", "2", "--dist", "loadfile", *map(str, lessons)])
        first = first_cell(rounds, server.url)
    lab = [start_of_lab() for _ in range(rounds)]
    section = Section("5. The check before class", HOW, [(HEAD, rows)])
    section.tables.append((["first cell", "s"], [[k, f"{v:.2f}"] for k, v in first.items()]))
    if whole:
        section.tables.append(whole_check())
    names = ("`import helpers`", "`import mlflow`")
    helpers, mlflow = (first[name] for name in names)
    section.goals = [
        Goal("`import helpers` costs no more than `import mlflow`",
             f"{helpers:.2f} s, {mlflow:.2f} s", helpers <= mlflow),
        Goal(f"nbval over the {len(lessons)} lessons within 45 s, the server up",
             f"{seconds:.0f} s", seconds <= 45, "see the table above it for where the time goes"),
        Goal("`make lab` shows JupyterLab within 15 s", f"{median(lab):.1f} s", median(lab) <= 15,
             "JupyterLab itself starts no sooner"),
    ]  # fmt: skip
    return section


HOW = (
    "Each notebook alone under nbval with the course's server up: where its time goes. Then what a "
    "kernel waits for before the first cell's own work (from the start of Python to its end)."
)
HEAD = ["notebook", "all, s", "pytest", "kernel's start", "first cell", "the other cells"]


def one_notebook(path: Path, url: str) -> list[str]:
    """Return the row of a notebook: all its time, and its parts, in seconds."""
    seconds, output = pytest(url, ["--durations=0", "--durations-min=0", "-vv", str(path)])
    spent: defaultdict[str, float] = defaultdict(float)
    cells = [match.groups() for line in output.splitlines() if (match := DURATION.match(line))]
    first = min(int(cell) for _, _, _, cell in cells)
    for duration, phase, _, cell in cells:
        part = "kernel" if phase != "call" else "first" if int(cell) == first else "others"
        spent[part] += float(duration)
    around = seconds - sum(spent.values())
    parts = (seconds, around, spent["kernel"], spent["first"], spent["others"])
    name = path.relative_to(ROOT / "notebooks").with_suffix("")
    return [name.as_posix(), *(f"{part:.1f}" for part in parts)]


def pytest(url: str, arguments: list[str]) -> tuple[float, str]:
    """Run pytest on a server that is up; return its seconds and its output."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    command += [f"--tracking-server={url}", *arguments]
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return time.perf_counter() - began, done.stdout


def first_cell(rounds: int, url: str) -> dict[str, float]:
    """Return how long Python takes to do what the first cell of a lesson does, in seconds."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    environment = {**clean_environment(), "MLFLOW_TRACKING_URI": url}
    for _ in range(rounds + 1):
        for what, code in FIRST_CELL.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ROOT)
            seconds[what].append(time.perf_counter() - began)
    return {what: median(values[1:]) for what, values in seconds.items()}


def start_of_lab() -> float:
    """Return the seconds from the command of `make lab` to the answer of JupyterLab's page."""
    with fresh_folder() as folder:
        url = free_url()
        command = [sys.executable, "-m", "helpers.server", "--data-dir", str(folder), "run", "--"]
        command += [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--port", url.rsplit(":", 1)[-1], "--IdentityProvider.token="]
        command += [str(ROOT / "notebooks" / "00_start_here.ipynb")]
        environment = {**clean_environment(), "MLFLOW_TRACKING_URI": free_url()}
        began = time.perf_counter()
        lab = subprocess.Popen(
            command, cwd=ROOT, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while not answers(f"{url}/lab"):
                if lab.poll() is not None or time.perf_counter() - began > 120:
                    raise RuntimeError("JupyterLab did not start.")
                time.sleep(0.1)
            return time.perf_counter() - began
        finally:
            lab.terminate()
            try:
                lab.wait(timeout=20)
            finally:
                end_family(lab.pid)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def whole_check() -> Table:
    """Run `make test` and return its time by test file, with the total."""
    began = time.perf_counter()
    durations = "TEST_ARGS=--durations=0 --durations-min=0.005 -vv -p no:cacheprovider"
    done = subprocess.run(
        ["make", "test", durations],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    total = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    spent: defaultdict[str, float] = defaultdict(float)
    for line in done.stdout.splitlines():
        if match := re.match(r"^([\d.]+)s (?:setup|call|teardown) +(\S+?)::", line):
            spent[match[2]] += float(match[1])
    rows = [[name, f"{s:.1f}"] for name, s in sorted(spent.items(), key=lambda item: -item[1])]
    return ["`make test`, three workers", "s"], [["all", f"{total:.0f}"], *rows]
