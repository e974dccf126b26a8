"""One honest try of each door, before class: JupyterLab, a check, the links, a class of two."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import requests

from exercises.nest import check
from helpers import connect, ui_link
from helpers.links import run_link
from tests.answers import answer
from tools.lab import jupyterlab
from tools.lessons import ROOT
from tools.student_copies import NOTEBOOKS

LESSON = "02_nested_runs.ipynb"


def test_jupyterlab_starts_with_its_first_page_and_the_mlflow_ui(tmp_path: Path) -> None:
    with jupyterlab(tmp_path) as lab:
        for path in ("lab/tree/notebooks/00_start_here.ipynb", "mlflow/"):
            answer = requests.get(f"{lab.url}/{path}", {"token": lab.token}, timeout=60)
            assert answer.ok, (path, answer.status_code)
        assert "<title>MLflow</title>" in answer.text


def test_a_check_tells_right_from_wrong() -> None:
    nest = answer("nest", "right", "original")

    def only_the_first(name: str, values: list[str]) -> None:
        nest(name, values[:1])

    assert check(nest).state == "solved"
    assert check(only_the_first).state == "wrong"


def test_links_lead_to_the_mlflow_ui_and_its_runs(tracking_uri: str) -> None:
    connect("Links")
    with mlflow.start_run() as run:
        pass
    for link in (ui_link(), run_link(run)):
        page, _, route = link.url.partition("#")
        assert page == f"{tracking_uri}/"
        assert "<title>MLflow</title>" in requests.get(page, timeout=60).text
    assert run.info.run_id in route
    assert mlflow.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_class_of_two_is_graded(tmp_path: Path) -> None:
    for student, handed_in in (("ada", NOTEBOOKS / "solutions"), ("bob", NOTEBOOKS)):
        (tmp_path / "class" / student).mkdir(parents=True)
        shutil.copy(handed_in / LESSON, tmp_path / "class" / student)
    table = tmp_path / "grades.csv"
    command = [sys.executable, "-m", "classroom.grading", tmp_path / "class", "--output", table]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with table.open(encoding="utf-8-sig") as file:
        verdicts = {row["student"]: row["verdict"] for row in csv.DictReader(file)}
    assert verdicts == {"ada": "passed", "bob": "unsolved"}
