"""Curious students: other seeds and values, cells out of order, again, and interrupted.

Each lesson runs in a kernel of its own, one cell at a time. What goes wrong has to say in a
sentence what to do. A NameError is Python's own and says what is missing; every lesson says at its
top what to do about it: *Run All Above*.
"""

from __future__ import annotations

import ast
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.manager import start_new_kernel

from helpers.tracking import prefixed
from tools.lessons import COURSE, LESSONS, ROOT

ALL = [ROOT / "notebooks" / f"{name}.ipynb" for name in LESSONS]
# The course itself; those that go further train real models, which takes minutes.
NOTEBOOKS = [path for path in ALL if path.stem in COURSE]
LONG = bool(os.environ.get("CURIOUS"))
ORDERS = 12 if LONG else 1  # shuffled orders of each lesson of the course; two of the others
SEEDS = range(100, 104)
# Values of one's own, where a lesson invites them: what stands there, and what a student writes.
VALUES = {
    "00": [
        ('"my first run"', '"it\'s \\"mine\\""'),
        ('"param1", "x"', '"learning rate", 0.1'),
        ("0.25", "-1e9"),
        ('("x", "u")', '("banana", 3)'),
    ],
    "01": [
        ("range(5)", "range(2)"),
        ("range(5)", "range(7)"),
        ('["a", "b", "c"]', '["b"]'),
        ("num_runs=5", "num_runs=1"),
    ],
    "02": [
        ('["x", "y", "z"]', '["a"]'),
        ('["u", "v", "w"]', '["it\'s", "", "q w", "d", "e"]'),
        ('["x", "y", "z"]', "[1, 2.5]"),
        ("range(5)", "range(1)"),
        ("range(5)", "range(8)"),
        ("num_runs=5", "num_runs=2"),
    ],
    "03": [
        ('["x", "y", "z"]', '["a", "b", "c"]'),
        ('["u", "v", "w"]', '["w"]'),
        ('["x", "y", "z"]', '["small", "middle", "large", "huge"]'),
        ('["u", "v", "w"]', "[1, 2]"),
        ('ident = "params_test_2"', 'ident = "it\'s mine"'),
        ('ident = "params_test_2"', 'ident = ""'),
        ("range(5)", "range(3)"),
    ],
    "04": [
        ('ident = "params_test_3"', 'ident = "my own test"'),
        ("range(5)", "range(7)"),
    ],
    "05": [
        ('["a", "b"], ["d", "f"]', '["x"], ["u", "v", "w"]'),
        ("num_child_runs=25", "num_child_runs=2"),
    ],
}
takes_minutes = pytest.mark.curious
every_lesson = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
# Lesson 08 has processes of its own, which it kills and in the end sends home: it has one order.
PLAYED = [path for path in ALL if path.stem != "08_many_workers"] if LONG else NOTEBOOKS
every_lesson_played = pytest.mark.parametrize("path", PLAYED, ids=lambda path: path.stem)


@dataclass(frozen=True)
class Lesson:
    """The code cells of a lesson, and a kernel to run them in."""

    cells: dict[str, str]
    manager: KernelManager
    kernel: BlockingKernelClient
    said: list[str] = field(default_factory=list)  # what the last cell has printed

    def _hear(self, message: dict[str, Any]) -> None:
        if message["header"]["msg_type"] == "stream":
            self.said.append(message["content"]["text"])

    def run(self, source: str) -> tuple[str, str]:
        """Run some code; return the name and the text of the error, both empty if there is none."""
        self.said.clear()
        reply = self.kernel.execute_interactive(
            source, timeout=120, output_hook=self._hear, allow_stdin=False
        )["content"]
        return reply.get("ename", ""), reply.get("evalue", "")

    def timed(self, source: str) -> float:
        """Run some code; return how many seconds it took."""
        began = time.monotonic()
        assert self.run(source) == ("", "")
        return time.monotonic() - began

    def interrupt(self, source: str, after: float) -> tuple[str, str]:
        """Run some code and press the square button a moment later, unless it has ended."""
        message = self.kernel.execute(source)
        while self.kernel.get_iopub_msg(timeout=60)["msg_type"] != "execute_input":
            pass  # it has not begun yet
        time.sleep(after)
        self.manager.interrupt_kernel()
        try:
            reply = self.kernel.get_shell_msg(timeout=30)
            while reply["parent_header"]["msg_id"] != message:
                reply = self.kernel.get_shell_msg(timeout=30)
        except Empty:  # it hit the kernel itself, between the cell's end and its reply
            return "KeyboardInterrupt", "no reply"
        return reply["content"].get("ename", ""), reply["content"].get("evalue", "")


@contextmanager
def opened(path: Path, prefix: str) -> Iterator[Lesson]:
    """Start a kernel for a lesson, in an experiment of the test's own."""
    cells = {
        cell.id: cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    }
    environment = {**os.environ, "EXPERIMENT_PREFIX": prefixed(f"{prefix} ")}
    manager, kernel = start_new_kernel(cwd=str(path.parent), env=environment)
    try:
        yield Lesson(cells, manager, kernel)
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


def defined(sources: list[str]) -> set[str]:
    """Return all names that some code gives a value, functions and imports included."""
    names = set()
    for node in (node for source in sources for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def says_what_to_do(error: tuple[str, str], names: set[str]) -> bool:
    """Tell whether an error is a sentence for the reader."""
    kind, text = error
    if kind == "NameError":
        found = re.match(r"name '(\w+)' is not defined", text)
        return bool(found and found[1] in names)
    sentence = len(text.split()) >= 5 and text.rstrip().endswith((".", "!", ")"))
    ours = {"AssertionError", "ValueError", "LookupError", "RuntimeError", "ServerUnreachable"}
    return not kind or (kind in ours | {"RestException"} and sentence)  # that one is MLflow's


def holds(error: tuple[str, str], path: Path) -> bool:
    """Tell whether a cell works with other draws; 06 and 07 may say that a claim is the page's."""
    kind, text = error
    return not kind or (path not in NOTEBOOKS and kind == "AssertionError" and "page" in text)


@every_lesson
def test_the_lesson_says_what_to_do_about_a_missing_name(path: Path) -> None:
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    assert "Run All Above" in text, "Say at the top what to do after a restart of the kernel."


@every_lesson
def test_every_assert_of_a_lesson_says_what_to_do(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        for node in ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Assert):
                assert node.msg is not None, f"A bare assert in cell {cell.id}: {cell.source}"


@every_lesson_played
def test_in_any_order_and_again_a_cell_works_or_says_what_to_do(path: Path) -> None:
    with opened(path, "shuffled") as lesson:
        names = defined(list(lesson.cells.values()))
        for seed in range(ORDERS if path in NOTEBOOKS else 2):
            order = [*lesson.cells, *random.Random(seed).choices([*lesson.cells], k=4)]
            random.Random(seed).shuffle(order)
            if seed % 3 == 0:
                lesson.run("%reset -f")  # as after a restart
            for at, cell_id in enumerate(order):
                error = lesson.run(lesson.cells[cell_id])
                assert says_what_to_do(error, names), (
                    f"{error} in cell {cell_id}, after {order[:at]}, order {seed}."
                )
        for cell_id, source in lesson.cells.items():  # from the top, all is well again
            assert lesson.run(source) == ("", ""), cell_id


@takes_minutes
@every_lesson_played
def test_after_an_interrupt_a_lesson_can_be_run_again(path: Path) -> None:
    with opened(path, "interrupted") as lesson:
        chance = random.Random(0)
        slow = [
            cell_id
            for cell_id, source in lesson.cells.items()
            if lesson.timed(source) > 0.15  # the quick ones end before anybody can stop them
        ]
        for cell_id, source in lesson.cells.items():
            if cell_id in slow:
                kind, text = lesson.interrupt(source, chance.uniform(0.02, 0.15))
                assert kind in ("", "KeyboardInterrupt"), (cell_id, kind, text)
            error = lesson.run(source)
            if "is already active" in error[1]:  # MLflow's own sentence says what to do
                error = lesson.run("mlflow.end_run()\n" + source)
            assert holds(error, path), f"{error} in cell {cell_id}, after an interrupt"
            assert "\x1b[A" not in "".join(lesson.said), "A progress bar stands below another."
        for cell_id, source in lesson.cells.items():
            assert lesson.run(source) == ("", ""), cell_id


@takes_minutes
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("path", [p for p in PLAYED if "random.seed(" in p.read_text()])
def test_with_another_seed_each_cell_works(path: Path, seed: int) -> None:
    with opened(path, "seeds") as lesson:
        for cell_id, source in lesson.cells.items():
            error = lesson.run(re.sub(r"random\.seed\(\d+\)", f"random.seed({seed})", source))
            assert holds(error, path), f"{error} in cell {cell_id} with the seed {seed}"


@takes_minutes
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(path, *change, id=f"{path.stem}-{change[1]}")
        for path in NOTEBOOKS
        for change in VALUES.get(path.stem[:2], [])
    ],
)
def test_with_values_of_ones_own_each_cell_works(path: Path, old: str, new: str) -> None:
    with opened(path, "values") as lesson:
        assert any(old in source for source in lesson.cells.values()), f"{old} is no longer there."
        for cell_id, source in lesson.cells.items():
            error = lesson.run(source.replace(old, new))
            assert holds(error, path), f"{error} in cell {cell_id}, with {new} for {old}"
