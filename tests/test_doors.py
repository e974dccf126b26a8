"""One honest try of each door, before class: JupyterLab, the links, a class of two."""

import csv
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
import requests

from helpers import connect
from helpers.links import run_link
from tests.submissions import skip_without
from tools.drive_lab import jupyterlab
from tools.lesson_list import ROOT
from tools.student_copies import NOTEBOOKS

LESSON = "02_nested_runs.ipynb"


@pytest.mark.skipif(
    platform.system() == "Windows" or not shutil.which("make"),
    reason="`make lab` needs make; docs/windows.md has the line that starts JupyterLab without it",
)
def test_jupyterlab_starts_with_its_first_page_and_the_mlflow_ui(tmp_path: Path) -> None:
    with jupyterlab(tmp_path) as lab:
        for path in ("lab/tree/notebooks/00_start_here.ipynb", "mlflow/"):
            answer = requests.get(f"{lab.url}/{path}", {"token": lab.token}, timeout=60)
            answer.raise_for_status()
        assert "<title>MLflow</title>" in answer.text


def test_a_link_leads_to_a_run_in_the_mlflow_ui(tracking_uri: str) -> None:
    connect("Links")
    with mlflow.start_run() as run:
        pass
    page, _, route = run_link(run).url.partition("#")
    assert page == f"{tracking_uri}/"
    assert run.info.run_id in route
    assert "<title>MLflow</title>" in requests.get(page, timeout=60).text


def test_a_class_of_two_is_graded(tmp_path: Path) -> None:
    skip_without("bubblewrap", "container")
    for student, handed_in in (("ada", NOTEBOOKS / "solutions"), ("bob", NOTEBOOKS)):
        (tmp_path / "class" / student).mkdir(parents=True)
        shutil.copy(handed_in / LESSON, tmp_path / "class" / student)
    table = tmp_path / "grades.csv"
    command = [sys.executable, "-m", "classroom.grading", tmp_path / "class", "--output", table]
    done = subprocess.run([*command, "--json"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    grades = json.loads(done.stdout)["grades"]
    assert {row["student"]: row["points"] for row in grades} == {"ada": 10, "bob": 0}
    assert "1 of 2 passed." in table.with_suffix(".html").read_text(encoding="utf-8")
    with table.open(encoding="utf-8-sig") as file:
        verdicts = {row["student"]: row["verdict"] for row in csv.DictReader(file)}
    assert verdicts == {"ada": "passed", "bob": "unsolved"}
