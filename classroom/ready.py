"""Loaded once, in the process of which each notebook's is a copy: what they would all load again.

Importing it imports what judges a notebook, and has nbformat and MLflow prepare what they prepare
at first use. Nothing of it is kept but in memory.
"""

import gc
import tempfile
import warnings
from pathlib import Path

import nbformat
import optuna
from mlflow import MlflowClient

from classroom import store, submission  # noqa: F401

optuna.logging.set_verbosity(optuna.logging.WARNING)  # lesson 07's check: no line for each study
gc.disable()  # nothing of what follows is garbage
nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]
with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the way in which MLflow asks SQLAlchemy
    MlflowClient(store.uri(folder)).search_runs(["0"])
    EMPTY_STORE = Path(folder, store.FILE).read_bytes()
gc.enable()
gc.freeze()
