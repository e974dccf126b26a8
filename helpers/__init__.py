"""What the lessons import, loaded at first use: nothing happens when `helpers` is imported."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.runs import execute_tuning, generate_run_names, log_run, progress, simulate_trial
    from helpers.server import ServerError, server_status, start_server, stop_server
    from helpers.tracking import Experiment, Link, ServerUnreachable, connect, ui_link
    from helpers.tree import best_child, children, parents

__all__ = [
    "Experiment",
    "Link",
    "ServerError",
    "ServerUnreachable",
    "best_child",
    "children",
    "connect",
    "execute_tuning",
    "generate_run_names",
    "log_run",
    "parents",
    "progress",
    "server_status",
    "simulate_trial",
    "start_server",
    "stop_server",
    "ui_link",
]


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` (`python -m helpers.server` needs no MLflow so)."""
    if name in __all__:
        for module in ("server", "tracking", "runs", "tree"):
            loaded = import_module(f"helpers.{module}")
            if hasattr(loaded, name):
                return getattr(loaded, name)
    raise AttributeError(f"module 'helpers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
