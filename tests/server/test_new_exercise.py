"""`make exercise`: what it writes works as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.lesson_list import ROOT
from tools.new_exercise import write
from tools.notebook_cells import read_cells

LESSON = "notebooks/solutions/03_tagged_custom_spaces.ipynb"
PROGRAM = """
from tests.answers import answers, exercise
for answer in answers('find_one'):
    print(answer.kind, exercise('find_one').check(answer.function()).state)
"""


def test_what_it_writes_works_and_bad_input_writes_nothing(
    tmp_path: Path, tracking_uri: str
) -> None:
    for folder in ("classroom", "exercises", "helpers", "notebooks"):
        skipped = shutil.ignore_patterns("__pycache__", "*.png")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skipped)
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "answers.py", tmp_path / "tests")
    before, old = sorted(tmp_path.rglob("*")), read_cells(tmp_path / LESSON)
    for name, lesson, sentence in (
        ("find one", "03", "cannot be the name of a function"),
        ("find_one", "77", "There is no lesson '77'"),
        ("adopt", "02", "There already is an exercise adopt"),
    ):
        with pytest.raises((LookupError, ValueError), match=sentence):
            write(tmp_path, name, lesson)
    assert sorted(tmp_path.rglob("*")) == before

    write(tmp_path, "find_one", "03")
    done = subprocess.check_output([sys.executable, "-c", PROGRAM], cwd=tmp_path, text=True)
    assert done.splitlines() == ["right solved", "wrong wrong"]
    cells = read_cells(tmp_path / LESSON)
    new = [cell.id for cell in cells if cell.id not in {cell.id for cell in old}]
    ids = "find-one-task find-one find-one-solution check-find-one find-one-hint find-one-show"
    assert new == ids.split()
    assert cells[-1].source.startswith("## In this notebook we")
