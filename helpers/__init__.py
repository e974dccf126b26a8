"""Export the names that the lessons import. Each one's module is loaded when it is first used.

So code that needs only the server or the simulated trial does not wait a second for MLflow.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["Experiment", "ServerUnreachable", "best_child", "children", "connect",
           "execute_tuning", "generate_run_names", "log_run", "parents", "progress_bar",
           "run_link", "show_tree", "simulate_trial", "start_server", "ui_link"]  # fmt: skip

if TYPE_CHECKING:  # so that editors can complete these names
    from helpers.forest import show_tree
    from helpers.links import run_link, ui_link
    from helpers.lost_server import ServerUnreachable
    from helpers.runs import execute_tuning, generate_run_names, log_run, progress_bar
    from helpers.server import start_server
    from helpers.tracking import Experiment, connect
    from helpers.tree import best_child, children, parents
    from helpers.trial import simulate_trial
else:

    def __getattr__(name: str) -> object:
        """Return a name of `__all__` from the first module that has it."""
        if name in __all__:
            homes = "server trial links lost_server runs tracking tree forest"
            for home in homes.split():
                module = import_module(f"helpers.{home}")
                if hasattr(module, name):
                    return getattr(module, name)
        raise AttributeError(f"module 'helpers' has no attribute {name!r}")
