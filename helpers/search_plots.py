"""The figures of the lessons on real searches: where the trials were, and how the best grew."""

from pandas import DataFrame

from helpers import pictures
from helpers.pictures import BLUE, GREY, ORANGE, Picture, in_our_look


@in_our_look
def plane(runs: DataFrame, x: str, y: str, metric: str) -> Picture:
    """Draw runs where their two parameters are, on logarithmic axes, coloured by a metric.

    Args:
        runs: one row a run, the parameters as numbers.
        x: the parameter along the horizontal axis.
        y: the parameter along the vertical axis.
        metric: what colours the runs, higher is better; the highest is ringed.
    """
    best = runs.nlargest(1, metric).iloc[0]
    title = f"{len(runs)} runs, the best at {x} = {best[x]:.2g}, {y} = {best[y]:.2g}"
    figure, axes = pictures.blank(7, 4.2, title=title, xlabel=x, ylabel=y)
    axes.set(xscale="log", yscale="log")
    dots = axes.scatter(runs[x], runs[y], 90, runs[metric], cmap="Blues", edgecolors=GREY)
    axes.plot(best[x], best[y], "o", ms=17, mew=3, mfc="none", mec=ORANGE)
    axes.text(best[x], best[y], f"     best: {best[metric]:.3f}", va="center")
    figure.colorbar(dots, label=pictures.judged(metric, "maximize"))
    return pictures.picture(figure, title, [f"Highest {metric}: {best[metric]:.3f}."])


@in_our_look
def best_so_far(curves: DataFrame, shared: int, unit: str) -> Picture:
    """Draw the best value by number of trials: each search thin, the median of each kind thick.

    Args:
        curves: one row a trial, one column a search, named (kind, seed).
        shared: how many trials at the start all kinds have in common.
        unit: what the values are.
    """
    medians = curves.T.groupby(level=0, sort=False).median().T
    last = ", ".join(f"{kind} {value:g}" for kind, value in medians.iloc[-1].items())
    title = f"Median of the best after {curves.index[-1]} trials: {last}"
    figure, axes = pictures.blank(8, 3.8, title=title, xlabel="number of trials")
    for kind, colour, style in zip(medians, (BLUE, ORANGE), ("-", "--"), strict=True):
        axes.plot(curves[kind], style, color=colour, linewidth=0.8, alpha=0.45)
        axes.plot(medians[kind], style, color=colour, linewidth=3, label=f"{kind}: median")
    axes.axvline(shared, color=GREY, linestyle=":", label=f"the first {shared} are the same")
    axes.set_ylabel(f"best so far: {unit}")
    axes.legend()
    return pictures.picture(figure, title)
