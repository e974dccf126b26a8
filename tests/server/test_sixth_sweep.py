"""Lesson 05 when its sixth sweep comes first, and when that sweep's cell is executed again."""

from __future__ import annotations

import os

from jupyter_client.manager import run_kernel

from helpers.tracking import prefixed
from tools.notebook_cells import read_cells
from tools.student_copies import NOTEBOOKS, find_solved

CHECK = "check-execute-tuning"
INSTEAD = {CHECK: "from types import SimpleNamespace; report = SimpleNamespace(passed=True)"}
LOWER = "simulate_trial = lambda *pair: (-random.random(), 5.0)"
RIGHT = """
assert len(ranked) == 6, ranked.index
assert ranked.index[0] == "parent_run_test_more_runs_5", ranked.index
assert ranked.index[1:].equals(first_five.index), ranked.index
assert winner.data.tags["mlflow.parentRunId"] == ranked["run_id"].iloc[0], winner
assert winner.data.metrics["metric1"] == ranked[BEST[0]].iloc[0], winner
"""


def test_the_winner_is_the_sixth_sweeps_best_child_if_it_comes_first() -> None:
    cells = read_cells(find_solved("05", NOTEBOOKS), "code")
    source = {cell.id: cell.source for cell in cells}
    order = ["connect-code", "solution", CHECK, "find-code", "rank-code", LOWER]
    again = ["sixth-code", "why-code", RIGHT, "rank-code", "sixth-code", "why-code", RIGHT]
    environment = {**os.environ, "EXPERIMENT_PREFIX": prefixed("sixth sweep ")}
    with run_kernel(cwd=str(NOTEBOOKS), env=environment) as kernel:
        for cell in order + again:
            code = INSTEAD.get(cell, source.get(cell, cell))
            reply = kernel.execute_interactive(code, timeout=300, output_hook=lambda _: None)
            assert reply["content"]["status"] == "ok", (cell, reply["content"])
