"""Curious students: cells out of order, with other seeds and values of their own.

Each lesson of the course runs in a kernel of its own, one cell at a time. What goes wrong has to
say in a sentence what to do. A NameError is Python's own and says what is missing; every lesson
says at its top what to do about it.
"""

from __future__ import annotations

import os
import random
import re

import pytest
from jupyter_client.manager import run_kernel

from helpers.tracking import prefixed
from tools.lesson_list import CORE_LESSONS, ROOT
from tools.notebook_cells import read_cells

# What stands in the lessons, and what a student may write in its place.
OWN = {
    "range(5)": "range(3)",
    '["x", "y", "z"]': '["small", "it\'s", "", "q w"]',
    '["u", "v", "w"]': "[1, 2.5]",
    '"params_test_2"': '"it\'s mine"',
    "num_child_runs=50": "num_child_runs=2",
}
OURS = r"(AssertionError|ValueError|LookupError|RuntimeError|RestException): (\S+ ){4}.*[.!)]$"
SENTENCE = re.compile(rf"$|NameError: name '\w+' is not defined|{OURS}", re.S)
CODE = {
    name: {
        cell.id: cell.source for cell in read_cells(ROOT / "notebooks" / f"{name}.ipynb", "code")
    }
    for name in CORE_LESSONS
}


@pytest.mark.parametrize("name", CORE_LESSONS)
def test_a_lesson_can_be_played_with(name: str) -> None:
    cells, chance = CODE[name], random.Random(0)
    order = chance.sample([*cells] * 2, len(cells) + 4)
    environment = {**os.environ, "EXPERIMENT_PREFIX": prefixed(f"played {name} ")}
    with run_kernel(cwd=str(ROOT / "notebooks"), env=environment) as kernel:

        def run(source: str) -> str:
            """Return the error, which is empty if there is none."""
            reply = kernel.execute_interactive(source, timeout=300, output_hook=lambda _: None)
            content = reply["content"]
            return f"{content['ename']}: {content['evalue']}" if "ename" in content else ""

        for number, cell_id in enumerate(order):
            error = run(cells[cell_id])
            assert SENTENCE.match(error), f"{error} in cell {cell_id}, after {order[:number]}"
        for cell_id, source in cells.items():
            for old, new in {**OWN, "random.seed(": "random.seed(100 + "}.items():
                source = source.replace(old, new)
            assert not run(source), f"cell {cell_id} with own values"


def test_the_values_stand_in_the_lessons() -> None:
    sources = str(CODE)
    assert [old for old in OWN if repr(old)[1:-1] not in sources and old not in sources] == []
