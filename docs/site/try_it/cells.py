"""Run a visitor's cells in a browser, and show what they logged as a tree.

This runs in Pyodide: unchanged MLflow, with a SQLite file for its server.
"""

import contextlib
import io
import json
import os
import sys
import types
from pathlib import Path
from typing import Any

DATABASE = Path("mlflow.db")
CELL = "<cell>"
NAMESPACE: dict[str, Any] = {"__name__": "__main__"}
ABSENT = "This page does not have {}. The two commands below bring it."
THREADS = "A page has no threads, and this code starts one. The two commands below bring them."

os.environ |= {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # it starts a thread
    "MLFLOW_TRACKING_URI": f"sqlite:///{DATABASE.name}",
    "GIT_PYTHON_REFRESH": "quiet",  # there is no git
}


class Fernet:
    """Stand in for cryptography's, which MLflow's models of webhooks create and no cell uses."""

    def __init__(self, key: bytes) -> None: ...

    @staticmethod
    def generate_key() -> bytes:
        """Return no key."""
        return b""


sys.modules["cryptography"] = types.ModuleType("cryptography")
sys.modules["cryptography.fernet"] = types.ModuleType("cryptography.fernet")
sys.modules["cryptography.fernet"].__dict__["Fernet"] = Fernet

import mlflow  # noqa: E402

PARENT_TAG = "mlflow.parentRunId"


def all_runs(experiment_ids: list[str]) -> list[mlflow.entities.Run]:
    """Return all runs of some experiments, oldest first."""
    order = ["attributes.start_time ASC"]
    return mlflow.search_runs(experiment_ids, order_by=order, output_format="list")


# What helpers.tree needs of helpers.read_runs, which needs pandas for more.
sys.modules["helpers.read_runs"] = read_runs = types.ModuleType("helpers.read_runs")
read_runs.__dict__.update(PARENT_TAG=PARENT_TAG, all_runs=all_runs, find_run=mlflow.get_run)

from helpers.tree import show_tree  # noqa: E402


def tree() -> str:
    """Return the HTML of all runs, under their parents."""
    runs = all_runs([experiment.experiment_id for experiment in mlflow.search_experiments()])
    return show_tree(run for run in runs if PARENT_TAG not in run.data.tags)._repr_html_()


def run(source: str) -> str:
    """Run a cell, and return what it printed, what went wrong, and the tree, as JSON."""
    from pyodide.code import eval_code

    printed, problem = io.StringIO(), ""
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            value = eval_code(source, NAMESPACE, filename=CELL)
            if value is not None:
                print(repr(value))
        except BaseException as error:
            problem = explain(error)
            while mlflow.active_run():
                mlflow.end_run("FAILED")
    return json.dumps({"printed": printed.getvalue(), "problem": problem, "tree": tree()})


def explain(error: BaseException) -> str:
    """Say in which line of the cell an error happened, and what to do if this page is the cause."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == CELL:
            line = trace.tb_lineno
        trace = trace.tb_next
    text = f"Line {line}: {type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        text += f". {ABSENT.format(error.name.partition('.')[0])}"
    elif "can't start new thread" in str(error):
        text += f". {THREADS}"
    elif isinstance(error, NameError):
        text += ". Does a cell above define it? Then run that cell first."
    return text
