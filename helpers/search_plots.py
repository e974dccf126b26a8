"""The figures of the lessons on real searches: where the trials were, and how the best grew.

A figure takes data that the lesson has read and shown before; nothing here asks the server.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib.style
from matplotlib.figure import Figure

from helpers.plots import BLUE, GREY, LOOK, ORANGE, Picture

if TYPE_CHECKING:
    import pandas as pd


def plane(runs: pd.DataFrame, x: str, y: str, metric: str) -> Picture:
    """Draw runs where their two parameters are, on logarithmic axes, coloured by a metric.

    Args:
        runs: one row a run, the parameters as numbers.
        x: the parameter along the horizontal axis.
        y: the parameter along the vertical axis.
        metric: what colours the runs, higher is better; the highest is ringed.
    """
    best = runs.loc[runs[metric].idxmax()]
    found = f"{x} = {best[x]:.2g}, {y} = {best[y]:.2g}"
    title = f"{len(runs)} runs, the best at {found}"
    with matplotlib.style.context(LOOK):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        axes = figure.subplots()
        dots = axes.scatter(runs[x], runs[y], c=runs[metric], s=90, cmap="Blues", edgecolors=GREY)
        axes.plot(best[x], best[y], "o", ms=17, mew=3, mfc="none", mec=ORANGE)
        axes.annotate(
            f"best: {best[metric]:.3f}", (best[x], best[y]), (14, -4), "data", "offset points"
        )
        axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y, title=title)
        figure.colorbar(dots, label=f"{metric} (higher is better)")
        return _picture(figure, f"{title}. Highest {metric}: {best[metric]:.3f}.")


def best_so_far(curves: pd.DataFrame, start: int = 0) -> Picture:
    """Draw the best value by number of trials: each search a thin line, each group's median thick.

    Args:
        curves: one row a trial, one column a search, named (group, seed).
        start: the number of the first trials that all groups share; marked if it is not 0.
    """
    groups = list(dict.fromkeys(curves.columns.get_level_values(0)))
    medians = {group: curves[group].median(axis="columns") for group in groups}
    last = ", ".join(f"{group} {line.iloc[-1]:.3f}" for group, line in medians.items())
    with matplotlib.style.context(LOOK):
        figure = Figure(figsize=(8, 3.8), layout="constrained")
        axes = figure.subplots()
        for group, colour, style in zip(groups, (BLUE, ORANGE), ("-", "--"), strict=False):
            axes.plot(curves.index, curves[group], style, color=colour, linewidth=0.8, alpha=0.45)
            axes.plot(curves.index, medians[group], style, color=colour, linewidth=3, label=group)
        if start:
            axes.axvline(start, color=GREY, linestyle=":", label=f"the first {start} are the same")
        axes.set(xlabel="number of trials", ylabel="best so far")
        axes.set_title(title := f"Median of the best after {curves.index[-1]} trials: {last}")
        axes.legend()
        return _picture(figure, title)


def _picture(figure: Figure, alt: str) -> Picture:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    return Picture(buffer.getvalue(), alt, figure)
