"""What the lessons import, loaded at first use: nothing happens when `helpers` is imported."""

from importlib import import_module
from typing import Any

_HOME = {
    "Experiment": "tracking", "Link": "links", "ServerError": "server",
    "ServerUnreachable": "tracking", "best_child": "tree", "children": "tree",
    "connect": "tracking", "execute_tuning": "runs", "generate_run_names": "runs",
    "log_run": "runs", "parents": "tree", "progress": "runs", "run_link": "links",
    "server_status": "server", "simulate_trial": "trial", "start_server": "server",
    "stop_server": "server", "ui_link": "links",
}  # fmt: skip
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` (`python -m helpers.server` needs no MLflow so)."""
    if name not in _HOME:
        raise AttributeError(f"module 'helpers' has no attribute {name!r}")
    return getattr(import_module(f"helpers.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
