"""Export the names that the lessons import. Each one's module is loaded when it is first used.

So code that needs only the server or the simulated trial does not wait a second for MLflow.
"""

# ruff: noqa: F401 - __all__ is computed
from importlib import import_module
from typing import TYPE_CHECKING

MODULES = {
    "Experiment": "tracking",
    "ServerUnreachable": "lost_server",
    "best_child": "search",
    "children": "search",
    "connect": "tracking",
    "execute_tuning": "runs",
    "generate_run_names": "runs",
    "log_run": "runs",
    "parents": "search",
    "progress_bar": "runs",
    "run_link": "links",
    "show_tree": "tree",
    "simulate_trial": "trial",
    "start_server": "server",
    "ui_link": "links",
}
__all__ = list(MODULES)

if TYPE_CHECKING:  # so that editors and mypy know these names
    from helpers.links import run_link, ui_link
    from helpers.lost_server import ServerUnreachable
    from helpers.runs import execute_tuning, generate_run_names, log_run, progress_bar
    from helpers.search import best_child, children, parents
    from helpers.server import start_server
    from helpers.tracking import Experiment, connect
    from helpers.tree import show_tree
    from helpers.trial import simulate_trial
else:

    def __getattr__(name: str) -> object:
        """Return a name of `__all__` from its module."""
        if name not in MODULES:
            raise AttributeError(f"module 'helpers' has no attribute {name!r}")
        return getattr(import_module(f"helpers.{MODULES[name]}"), name)
