"""Every page in a kernel for which nothing is set, as VS Code and `jupyter execute` start one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import run_kernel

from helpers.server import EmbeddedServer
from tools.lesson_list import ROOT
from tools.notebook_cells import read_cells
from tools.student_copies import solved_notebooks

IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "my_*")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the course, whose server runs."""
    folder = tmp_path_factory.mktemp("bare") / "course"
    for name in ("helpers", "exercises", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
    for name in ("pyproject.toml", "course_kernel.py"):
        shutil.copy(ROOT / name, folder)
    server = EmbeddedServer(folder / ".mlflow")
    server.start()
    yield folder
    server.stop()


def environment(course: Path) -> dict[str, str]:
    """Return what such a kernel finds in its environment; its course is the copy."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "EXPERIMENT_"))}
    return kept | {"PYTHONPATH": str(course)}


def list_files(course: Path) -> set[Path]:
    files = {path for path in course.rglob("*") if ".mlflow" not in path.parts}
    return {path for path in files if "__pycache__" not in path.parts}


@pytest.mark.parametrize("name", [path.name for path in solved_notebooks()])
def test_a_page_runs_where_nothing_is_set_and_leaves_no_file(name: str, course: Path) -> None:
    before = list_files(course)
    page = course / "notebooks" / "solutions" / name
    with run_kernel(cwd=str(page.parent), env=environment(course)) as kernel:
        for cell in read_cells(page, "code"):
            if "raises-exception" not in cell.metadata.get("tags", []):
                reply = kernel.execute_interactive(
                    cell.source, timeout=600, output_hook=lambda _: None
                )
                content = reply["content"]
                assert content["status"] == "ok", f"{cell.id}: {content.get('evalue')}"
    assert list_files(course) - before == set()


@pytest.mark.parametrize("package", ["helpers", "exercises"])
def test_a_kernel_says_so_if_a_students_file_hides_the_course(tmp_path: Path, package: str) -> None:
    (tmp_path / f"{package}.py").write_text("mine = 1\n")
    with run_kernel(cwd=str(tmp_path)) as kernel:
        reply = kernel.execute_interactive(f"from {package} import nest", timeout=60)["content"]
    assert f"{tmp_path / package}.py hides the course's own `{package}`. Rename it, then" in str(
        reply["traceback"]
    )
