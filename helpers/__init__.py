"""What the lessons import, loaded at first use: nothing happens when `helpers` is imported."""

from importlib import import_module
from typing import Any

_HOMES = {
    "links": ("Link", "run_link", "ui_link"),
    "lost_server": ("ServerUnreachable",),
    "runs": ("execute_tuning", "generate_run_names", "log_run", "progress"),
    "server": ("ServerError", "server_status", "start_server", "stop_server"),
    "tracking": ("Experiment", "connect"),
    "tree": ("best_child", "children", "parents"),
    "trial": ("simulate_trial",),
}
__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name: str) -> Any:
    """Import the module that holds `name` (what needs the server alone does without MLflow)."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"helpers.{home}"), name)
    raise AttributeError(f"module 'helpers' has no attribute {name!r}")
