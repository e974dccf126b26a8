"""Export the names that the lessons import. Each one's module is loaded when it is first used.

So code that needs only the server or the simulated trial does not wait a second for MLflow.
"""

# ruff: noqa: F401 - __all__ is computed
from importlib import import_module
from typing import TYPE_CHECKING

MODULES = {
    "Experiment": "tracking",
    "ServerUnreachable": "failed_cell",
    "best_child": "read_runs",
    "children": "read_runs",
    "connect": "tracking",
    "execute_tuning": "sweeps",
    "generate_run_names": "sweeps",
    "log_run": "sweeps",
    "parents": "read_runs",
    "progress_bar": "sweeps",
    "run_link": "links",
    "show_tree": "tree",
    "simulate_trial": "simulated_trial",
    "start_over": "fresh_copy",
    "start_server": "server",
    "ui_link": "links",
}
__all__ = list(MODULES)

if TYPE_CHECKING:  # so that editors and mypy know these names
    from helpers.failed_cell import ServerUnreachable
    from helpers.fresh_copy import start_over
    from helpers.links import run_link, ui_link
    from helpers.read_runs import best_child, children, parents
    from helpers.server import start_server
    from helpers.simulated_trial import simulate_trial
    from helpers.sweeps import execute_tuning, generate_run_names, log_run, progress_bar
    from helpers.tracking import Experiment, connect
    from helpers.tree import show_tree
else:

    def __dir__() -> list[str]:
        """Return all names, so that `helpers.` can be completed."""
        return sorted({*globals(), *MODULES})

    def __getattr__(name: str) -> object:
        """Return a name of `__all__` from its module."""
        if name not in MODULES:
            raise AttributeError(f"module 'helpers' has no attribute {name!r}")
        return getattr(import_module(f"helpers.{MODULES[name]}"), name)
