"""The figures that the lessons show, with one look for all of them.

A figure takes data that the lesson has read and shown before; nothing here asks the server.
"""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.style import context

from helpers.tree import PARENT_TAG, lower_is_better

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#7F7F7F"
LOOK = Path(__file__).with_name("course.mplstyle")
_NAME = "tags.mlflow.runName"


@dataclass(frozen=True)
class Picture:
    """A figure with its alternative text, which is also what it prints as."""

    png: bytes
    alt: str
    figure: Figure = field(compare=False)

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:  # the PNG by itself would be shown without the text
        png = base64.b64encode(self.png).decode()
        return f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{png}">'


def _figure(width: float, height: float, **settings: Any) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.set(**settings)
    return figure, axes


def _picture(figure: Figure, *lines: str) -> Picture:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    return Picture(buffer.getvalue(), "\n".join(lines), figure)


def _either(direction: str, if_lower: str, if_higher: str) -> str:
    return if_lower if lower_is_better(direction) else if_higher


def _best(values: Any, direction: str) -> int:
    return int((np.nanargmin if lower_is_better(direction) else np.nanargmax)(values))


def _judged(metric: str, direction: str) -> str:
    return f"{metric} ({_either(direction, 'lower', 'higher')} is better)"


def _range(values: Any) -> tuple[float, float]:
    """Return the range to draw: 0 … 1 for values that lie within it."""
    low, high = np.nanmin(values), np.nanmax(values)
    return (0, 1) if low >= 0 and high <= 1 else (low, high)


def _ink(colours: ScalarMappable, value: float) -> str:
    red, green, blue, opaque = colours.to_rgba(np.asarray(value))
    return "white" if opaque and red + green + blue < 1.5 else "black"


def _numbers(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


@context(LOOK)
def draw_tree(
    parents: pd.DataFrame,
    children: pd.DataFrame,
    metric: str = "metric1",
    direction: str = "minimize",
) -> Picture:
    """Draw each parent run as a branch that carries its child runs, coloured by a metric.

    Args:
        parents: one row a parent, drawn from top to bottom.
        children: one row a child, oldest first; those of other parents are left out.
        metric: what colours the children; the best one is ringed and named.
        direction: which value is best: the lowest ("minimize") or the highest ("maximize").

    Raises:
        ValueError: no child of these parents has the metric; no such direction.
    """
    column, parent_of = f"metrics.{metric}", f"tags.{PARENT_TAG}"
    own = children[children[parent_of].isin(parents["run_id"])]
    if column not in own or own[column].isna().all():
        raise ValueError(f"These parents have no child with a metric {metric!r}.")
    best = own[_NAME].iloc[_best(own[column], direction)]
    title = (
        f"Of {len(own)} children, {best} has the {_either(direction, 'lowest', 'highest')} {metric}"
    )
    branches = [list(own[column][own[parent_of] == run_id]) for run_id in parents["run_id"]]
    names = list(parents[_NAME])
    figure, axes = _figure(8, 1 + 0.5 * len(names), title=title, xlabel="child run, oldest first")
    axes.set_yticks(range(len(names)), names)
    dots = _draw_branches(axes, branches, direction)
    figure.colorbar(dots, label=_judged(metric, direction)).outline.set_visible(False)
    rows = zip(names, branches, strict=True)
    return _picture(figure, title, *(f"{name}: {_numbers(values)}" for name, values in rows))


def _draw_branches(axes: Axes, branches: list[list[float]], direction: str) -> ScalarMappable:
    """Draw each branch with a square for the parent and a dot for each child; return the dots."""
    spots = [(n, row, v) for row, branch in enumerate(branches) for n, v in enumerate(branch, 1)]
    x, y, values = zip(*spots, strict=True)
    few = max(x) < 13  # there is room for numbers
    left = 0 if few else -2  # where the parents are
    for row, branch in enumerate(branches):
        axes.plot([left - 0.5, len(branch) or left], [row, row], color=GREY, zorder=0)
        axes.plot(left, row, "s", color=GREY, markersize=11)
    axes.set_xticks([left, *(ticks := range(1, max(x) + 1, 1 if few else 4))], ["parent", *ticks])
    axes.set(xlim=(left - 0.5, max(x) + 0.5), ylim=(len(branches) - 0.5, -0.5))
    axes.spines["left"].set(bounds=(0, len(branches) - 1), color=GREY, linewidth=1.5)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0, pad=6)
    best = values[_best(values, direction)]
    rings = [ORANGE if value == best else BLUE for value in values]
    colours, size = _either(direction, "Blues_r", "Blues"), 600 if few else 90
    dots = axes.scatter(
        x, y, size, values, cmap=colours, edgecolors=rings, linewidths=2, plotnonfinite=True
    )
    for place, row, value in spots if few else []:
        text, ink = _numbers([value]), _ink(dots, value)
        axes.text(place, row, text, color=ink, size=9, ha="center", va="center")
    return dots


def sensitivity(
    runs: pd.DataFrame,
    metric: str = "metric1",
    params: Sequence[str] = ("param1", "param2"),
    direction: str = "minimize",
) -> Picture:
    """Draw a metric against the values of each parameter: each run a dot, the means marked.

    Args:
        runs: one row a run.
        metric: what is drawn.
        params: the parameters; the title ranks them by how far apart their means lie.
        direction: "minimize" if lower is better, else "maximize".
    """
    rows, apart = [], {}
    for param in params:
        groups = runs.groupby(f"params.{param}")[f"metrics.{metric}"]
        rows += [(f"{param} = {value}", group, group.mean()) for value, group in groups]
        apart[param] = np.ptp(groups.mean())
    first, *others = sorted(apart, key=lambda param: -apart[param])
    title = f"{first} moves {metric} by {apart[first]:.2f}"
    title += "".join(f", {param} by {apart[param]:.2f}" for param in others)
    return _strips(title, rows, "mean", metric, direction)


def compare_spaces(
    spaces: pd.DataFrame, good: float, metric: str = "metric1", direction: str = "minimize"
) -> Picture:
    """Draw a metric in each search space: each run a dot, the medians marked.

    Args:
        spaces: one column a space, one value a run.
        good: from here on, a run counts as good; drawn as a line.
        metric: what the values are.
        direction: "minimize" if runs below `good` are good, "maximize" if those above are.
    """
    lower = lower_is_better(direction)
    hits = (spaces < good).sum() if lower else (spaces > good).sum()
    names = spaces.median().sort_values(ascending=lower).index
    shares = [f"{hits[n]} of {spaces[n].count()} in the {n} space" for n in names]
    title = f"Runs {_either(direction, 'below', 'above')} {good}: {', '.join(shares)}"
    rows = [(f"{name} space", spaces[name].dropna(), spaces[name].median()) for name in spaces]
    return _strips(title, rows, "median", metric, direction, line=good)


def best_children(
    parents: pd.DataFrame,
    children: Mapping[str, pd.DataFrame],
    metric: str = "metric1",
    params: Sequence[str] = ("param1", "param2"),
    direction: str = "minimize",
) -> Picture:
    """Draw a metric of each parent's children, the best child marked, the best parent on top.

    Args:
        parents: one row a parent, in any order.
        children: the children of each of them, by the parent's run id.
        metric: what is drawn.
        params: the parameters of the best children to name.
        direction: which value is best: the lowest ("minimize") or the highest ("maximize").
    """
    rows = []
    for run_id, name in zip(parents["run_id"], parents[_NAME], strict=True):
        values = children[run_id][f"metrics.{metric}"]
        best = children[run_id].iloc[_best(values, direction)]
        named = " with ".join(best[f"params.{param}"] for param in params)
        rows.append((f"{name}\n{named}", values, best[f"metrics.{metric}"]))
    rows.sort(key=lambda row: row[2], reverse=not lower_is_better(direction))
    title = f"Best of all: {rows[0][2]:.2f} in {rows[0][0].splitlines()[0]}"
    return _strips(title, rows, "best child", metric, direction)


@context(LOOK)
def _strips(
    title: str,
    rows: list[tuple[str, pd.Series[float], float]],
    mark: str,
    metric: str,
    direction: str,
    line: float | None = None,
) -> Picture:
    """Draw each row's values as dots, spread so that none hides another, with one value marked."""
    xlabel = _judged(f"{metric} of each run", direction)
    figure, axes = _figure(8, 1 + 0.6 * len(rows), title=title, xlabel=xlabel)
    for row, (_, values, marked) in enumerate(rows):
        spread = ((np.arange(len(values)) * 0.618 + 0.5) % 1 - 0.5) * 0.5
        axes.plot(np.sort(values), row + spread, "o", color=BLUE, alpha=0.5, label="a run")
        axes.plot(marked, row, "D", color=ORANGE, mec="black", ms=10, label=mark)
    if line is not None:
        axes.axvline(line, color=GREY, linestyle="--", label=str(line))
    kinds = {drawn.get_label(): drawn for drawn in axes.lines}
    axes.legend(handles=list(kinds.values()), loc="upper left", bbox_to_anchor=(1, 1))
    labels = [f"{name}: {mark} {marked:.2f}" for name, _, marked in rows]
    axes.set_yticks(range(len(rows)), labels)
    low, high = _range(np.concatenate([values for _, values, _ in rows]))
    margin = 0.02 * (high - low) or 0.02
    axes.set(xlim=(low - margin, high + margin), ylim=(len(rows) - 0.5, -0.5))
    return _picture(figure, title, *(label.replace("\n", ", ") for label in labels))


@context(LOOK)
def heat_map(
    means: pd.DataFrame,
    refined: tuple[Sequence[str], Sequence[str]],
    metric: str = "metric1",
    direction: str = "minimize",
) -> Picture:
    """Draw the mean of a metric for each combination of two parameters, the best one framed.

    Args:
        means: one row a value of the first parameter, one column a value of the second.
        refined: the values of both parameters that the refined space keeps.
        metric: what the means are of.
        direction: which mean is best: the lowest ("minimize") or the highest ("maximize").
    """
    row, column = divmod(_best(means, direction), len(means.columns))
    best = str(means.index[row]), str(means.columns[column])
    inside = all(value in kept for value, kept in zip(best, refined, strict=True))
    title = f"Best: {' with '.join(best)}, {'inside' if inside else 'outside'} the refined space"
    labels = {"xlabel": means.columns.name, "ylabel": means.index.name}
    figure, axes = _figure(6, 4.5, title=title, **labels)
    low, high = _range(means)
    image = axes.imshow(means, cmap=_either(direction, "Blues_r", "Blues"), vmin=low, vmax=high)
    figure.colorbar(image, label=_judged(f"mean of {metric}", direction))
    for (i, j), value in np.ndenumerate(means):
        text = "no run" if np.isnan(value) else f"{value:.2f}"
        if means.index[i] in refined[0] and means.columns[j] in refined[1]:
            text += "\nrefined"
        axes.text(j, i, text, color=_ink(image, value), ha="center", va="center")
    axes.plot(column, row, "s", ms=72, fillstyle="none", color=ORANGE, mew=4)
    axes.set_xticks(range(len(means.columns)), list(means.columns))
    axes.set_yticks(range(len(means)), list(means.index))
    rows = (f"{value}: {_numbers(numbers)}" for value, numbers in means.iterrows())
    return _picture(figure, title, f"columns: {', '.join(map(str, means))}", *rows)


@context(LOOK)
def best_of_n(curve: pd.DataFrame, metric: str = "metric1") -> Picture:
    """Draw how the best of n runs improves with n: what was measured against what theory expects.

    Args:
        curve: the columns "measured" and "expected", by number of runs.
        metric: what the values are.
    """
    measured = curve["measured"]
    found = [f"best of {n}: {measured[n]:.2f}" for n in (curve.index[0], curve.index[-1])]
    title = f"More runs, more luck: {', '.join(found)}"
    figure, axes = _figure(8, 3.5, title=title, ylabel=f"{metric} of the best, on average")
    axes.plot(curve.index, curve["expected"], color=ORANGE, linewidth=2, label="expected")
    axes.plot(curve.index, measured, "o", color=BLUE, label="measured")
    axes.set_xlabel("n, the number of runs to choose the best from")
    axes.set_ylim(bottom=min(0, curve.to_numpy().min()))
    axes.legend()
    return _picture(figure, title)
