"""The figures that the lessons show, with one look for all of them.

A figure takes data that the lesson has read and shown before; nothing here asks the server.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

# Okabe and Ito's palette, told apart by the colour-blind (https://jfly.uni-koeln.de/color/).
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#7F7F7F"
# On white, whatever the notebook's theme is: readable in a light and in a dark one.
LOOK: dict[Any, Any] = {
    "figure.facecolor": "white",
    "figure.dpi": 90,
    "savefig.dpi": 90,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": f"cycler('color', ['{BLUE}', '{ORANGE}', '{GREEN}', '{GREY}'])",
}


@dataclass(frozen=True)
class Picture:
    """A figure with its alternative text, which is also what it prints as."""

    png: bytes
    alt: str
    figure: Figure

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"image/png": self.png, "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


def _picture(figure: Figure, alt: str) -> Picture:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    return Picture(buffer.getvalue(), alt, figure)


def draw_tree(parents: pd.DataFrame, children: pd.DataFrame, metric: str = "metric1") -> Picture:
    """Draw each parent run as a branch that carries its child runs, coloured by a metric.

    Args:
        parents: one row a parent, drawn from top to bottom.
        children: one row a child, oldest first; those of other parents are left out.
        metric: what colours the children, lower is better; the least is ringed and named.

    Raises:
        ValueError: no child of these parents has the metric.
    """
    column, parent_of, name = f"metrics.{metric}", "tags.mlflow.parentRunId", "tags.mlflow.runName"
    own = children[children[parent_of].isin(parents["run_id"])].reset_index(drop=True)
    if column not in own or own[column].isna().all():
        raise ValueError(f"No child of these {len(parents)} parents has a metric {metric!r}.")
    names, best = list(parents[name]), own[name].iloc[own[column].argmin()]
    title = f"{len(parents)} parents carry {len(own)} children; least {metric}: {best}"
    branches = [list(own[column][own[parent_of] == run_id]) for run_id in parents["run_id"]]
    with rc_context(LOOK):
        figure = Figure(figsize=(8, 1 + 0.5 * len(names)), layout="constrained")
        axes = figure.subplots()
        axes.set(title=title, xlabel="child run, oldest first")
        dots = _draw_branches(axes, branches)
        axes.set_yticks(range(len(names)), names)
        figure.colorbar(dots, label=f"{metric} (lower is better)").outline.set_visible(False)
        rows = zip(names, branches, strict=True)
        return _picture(figure, "\n".join([title, *(f"{n}: {_numbers(b)}" for n, b in rows)]))


def _draw_branches(axes: Axes, branches: list[list[float]]) -> PathCollection:
    """Draw the trunk, and each branch with a square for the parent and a dot for each child."""
    spots = [(n, row, v) for row, branch in enumerate(branches) for n, v in enumerate(branch, 1)]
    x, y, values = zip(*spots, strict=True)
    least, middle, few = np.nanmin(values), (np.nanmin(values) + np.nanmax(values)) / 2, max(x) < 13
    left = 0 if few else -2  # where the parents are
    for row, branch in enumerate(branches):
        axes.plot([left - 0.5, len(branch) or left], [row, row], color=GREY, zorder=0)
        axes.plot(left, row, "s", color=GREY, markersize=11)
    for place, row, value in spots if few else []:
        shade = "white" if value < middle else "black"
        axes.text(place, row, _numbers([value]), color=shade, size=9, ha="center", va="center")
    axes.set_xticks([left, *(ticks := range(1, max(x) + 1, 1 if few else 4))], ["parent", *ticks])
    axes.set(xlim=(left - 0.5, max(x) + 0.5), ylim=(len(branches) - 0.5, -0.5))
    axes.spines["left"].set(bounds=(0, len(branches) - 1), color=GREY, linewidth=1.5)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0, pad=6)
    rings = [ORANGE if value == least else BLUE for value in values]
    size, width = (600, 2) if few else (90, 1.5)
    look: dict[str, Any] = {"cmap": "Blues_r", "edgecolors": rings, "plotnonfinite": True}
    return axes.scatter(x, y, c=values, s=size, linewidths=width, **look)


def _numbers(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
