"""How RESULTS.md shows what was measured: goals.toml has the goals, templates all other words."""

import platform
import re
import sqlite3
import tomllib
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import psutil
from jinja2 import Environment, FileSystemLoader, StrictUndefined

Figures = dict[str, Any]  # what the template shows of a section, and what its goals speak of

HERE = Path(__file__).parent
GOALS = tomllib.loads((HERE / "goals.toml").read_text(encoding="utf-8"))
JINJA = Environment(
    loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def shown(value: float, decimals: int = 1) -> str:
    """Return a number as the results show it; what was not measured is nan.

    >>> shown(1234.5, 0), shown(3, 2), shown(float("nan"))
    ('1234', '3.00', '–')
    """
    return f"{value:.{decimals}f}" if value == value else "–"


def judged(goal: Mapping[str, str], figures: Figures) -> list[str]:
    """Hold a goal to the figures; return its aim, what was measured and the verdict.

    >>> goal = {"aim": "short", "met": "s <= 9", "measured": "{{ s }} s", "reason": "it is long"}
    >>> judged(goal, {"s": 5}), judged(goal, {"s": 11})
    (['short', '5 s', 'met'], ['short', '11 s', '**not met**: it is long'])
    """
    met = JINJA.compile_expression(goal["met"])(**figures)
    texts = (goal["aim"], goal["measured"], "met" if met else f"**not met**: {goal['reason']}")
    return [JINJA.from_string(text).render(figures) for text in texts]


def markdown(part: str, measured: Mapping[str, Figures], **more: Any) -> str:
    """Return the results as a template shows them.

    Args:
        part: `sections`, `goals` or `results`, which is both and what was measured where.
        measured: the figures of each section, by its name.
        more: what else the template shows.
    """
    goals = [judged(goal, figures) for name, figures in measured.items() for goal in GOALS[name]]
    return JINJA.get_template(f"{part}.md.jinja").render(**measured, goals=goals, **more)


def versions() -> dict[str, str]:
    """Return the version of every package that is installed."""
    return {found.name.lower().replace("_", "-"): found.version for found in distributions()}


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", cpuinfo.read_text()) if cpuinfo.exists() else None
    return named[1] if named else platform.processor() or platform.machine()


JINJA.filters["shown"] = shown
JINJA.globals |= {"processor": processor, "versions": versions}
JINJA.globals |= {"platform": platform, "psutil": psutil, "sqlite3": sqlite3}
