"""The figures of the lessons on real searches: where the trials were, and how the best grew."""

from matplotlib.axes import Axes
from pandas import DataFrame

from helpers.plots import BLUE, GREY, ORANGE, Picture, picture


def plane(runs: DataFrame, x: str, y: str, metric: str) -> Picture:
    """Draw runs where their two parameters are, on logarithmic axes, coloured by a metric.

    Args:
        runs: one row a run, the parameters as numbers.
        x: the parameter along the horizontal axis.
        y: the parameter along the vertical axis.
        metric: what colours the runs, higher is better; the highest is ringed.
    """
    best = runs.nlargest(1, metric).iloc[0]

    def draw(ax: Axes) -> None:
        drawn = ax.scatter(runs[x], runs[y], 90, runs[metric], cmap="Blues", edgecolors=GREY)
        ax.plot(best[x], best[y], "o", ms=17, mew=3, mfc="none", mec=ORANGE)
        place = {"xytext": (0, 14), "textcoords": "offset points", "ha": "center"}
        ax.annotate(f"best: {best[metric]:.3f}", (best[x], best[y]), **place)
        ax.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
        ax.figure.colorbar(drawn, ax=ax, label=f"{metric} (higher is better)")

    title = f"{len(runs)} runs, the best at {x} = {best[x]:.2g}, {y} = {best[y]:.2g}"
    return picture(draw, title, [f"Highest {metric}: {best[metric]:.3f}."], size=(7, 4.2))


def best_so_far(curves: DataFrame, shared: int, unit: str) -> Picture:
    """Draw the best value by number of trials: each search thin, the median of each kind thick.

    Args:
        curves: one row a trial, one column a search, named (kind, seed).
        shared: how many trials at the start all kinds have in common.
        unit: what the values are.
    """
    medians = curves.T.groupby(level=0, sort=False).median().T

    def draw(ax: Axes) -> None:
        for kind, colour, style in zip(medians, (BLUE, ORANGE), ("-", "--"), strict=True):
            ax.plot(curves[kind], style, color=colour, linewidth=0.8, alpha=0.45)
            ax.plot(medians[kind], style, color=colour, linewidth=3, label=f"{kind}: median")
        ax.axvline(shared, color=GREY, linestyle=":", label=f"the first {shared} are the same")
        ax.set(xlabel="number of trials", ylabel=f"best so far: {unit}")
        ax.set_xticks([1, *range(5, len(curves) + 1, 5)])
        ax.set_ylim(bottom=curves.loc[5:].min(axis=None) - 1)  # the first ones lie far below
        ax.legend()

    last = ", ".join(f"{kind} {value:g}" for kind, value in medians.iloc[-1].items())
    return picture(draw, f"Median of the best after {curves.index[-1]} trials: {last}")
