"""The figures that the lessons show, with one look for all of them.

A figure takes data that the lesson has read and shown before; nothing here asks the server.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": f"cycler('color', ['{BLUE}', '{ORANGE}', '{GREEN}', '{GREY}'])",
}


@dataclass(frozen=True)
class Picture:
    """A figure with its alternative text, which is also what it prints as."""

    png: bytes
    alt: str
    figure: Figure = field(compare=False)

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
        raise ValueError(f"These parents have no child with a metric {metric!r}.")
    names, best = list(parents[name]), own[name].iloc[own[column].argmin()]
    title = f"Of {len(own)} children, {best} has the least {metric}"
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


def sensitivity(runs: pd.DataFrame) -> Picture:
    """Draw metric1 against the values of param1 and of param2: each run a dot, the means marked.

    Args:
        runs: one row a run.
    """
    rows, apart = [], {}
    for param in ("param1", "param2"):
        groups = {str(v): g["metrics.metric1"] for v, g in runs.groupby(f"params.{param}")}
        rows += [(f"{param} = {value}", group, group.mean()) for value, group in groups.items()]
        means = [group.mean() for group in groups.values()]
        apart[param] = max(means) - min(means)
    more, less = sorted(apart, key=lambda param: -apart[param])
    title = f"{more} moves metric1 by {apart[more]:.2f}, {less} by {apart[less]:.2f}"
    return _strips(title, rows, "mean")


def compare_spaces(spaces: pd.DataFrame, good: float) -> Picture:
    """Draw metric1 in each search space: each run a dot, the medians marked.

    Args:
        spaces: one column a space, one value a run.
        good: below this, a run counts as good; drawn as a line.
    """
    names = list(spaces.median().sort_values().index)
    shares = [f"{(spaces[n] < good).sum()} of {spaces[n].count()} in the {n} space" for n in names]
    rows = [(f"{name} space", spaces[name].dropna(), spaces[name].median()) for name in spaces]
    return _strips(f"Runs below {good}: {', '.join(shares)}", rows, "median", line=good)


def best_children(parents: pd.DataFrame, children: Mapping[str, pd.DataFrame]) -> Picture:
    """Draw metric1 of each parent's children with the best child marked, the best parent on top.

    Args:
        parents: one row a parent, in any order.
        children: the children of each of them, by the parent's run id.
    """
    rows = []
    for run_id, name in zip(parents["run_id"], parents["tags.mlflow.runName"], strict=True):
        values = children[run_id]["metrics.metric1"]
        best = children[run_id].iloc[int(values.argmin())]
        params = f"{best['params.param1']} with {best['params.param2']}"
        rows.append((f"{name}\n{params}", values, values.min()))
    rows.sort(key=lambda row: row[2])
    title = f"Best of all: {rows[0][2]:.2f} in {rows[0][0].splitlines()[0]}"
    return _strips(title, rows, "best child")


@rc_context(LOOK)
def _strips(
    title: str,
    rows: list[tuple[str, pd.Series[float], float]],
    mark: str,
    line: float | None = None,
) -> Picture:
    """Draw each row's values as dots, spread so that none hides another, with one value marked."""
    figure = Figure(figsize=(8, 1 + 0.6 * len(rows)), layout="constrained")
    axes = figure.subplots()
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
    axes.set(title=title, xlabel="metric1 of each run (lower is better)")
    axes.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.5, -0.5))
    return _picture(figure, "\n".join([title, *(label.replace("\n", ", ") for label in labels)]))


@rc_context(LOOK)
def heat_map(means: pd.DataFrame, refined: tuple[Sequence[str], Sequence[str]]) -> Picture:
    """Draw the mean of metric1 for each combination of two parameters, the least one framed.

    Args:
        means: one row a value of the first parameter, one column a value of the second.
        refined: the values of both parameters that the refined space keeps.
    """
    row, column = divmod(int(np.nanargmin(means)), len(means.columns))
    best = str(means.index[row]), str(means.columns[column])
    inside = all(value in kept for value, kept in zip(best, refined, strict=True))
    title = f"Best: {' with '.join(best)}, {'inside' if inside else 'outside'} the refined space"
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(means, cmap="Blues_r", vmin=0, vmax=1)
    figure.colorbar(image, label="mean of metric1 (lower is better)")
    for (i, j), value in np.ndenumerate(means):
        text = "no run" if np.isnan(value) else f"{value:.2f}"
        if means.index[i] in refined[0] and means.columns[j] in refined[1]:
            text += "\nrefined"
        axes.text(j, i, text, color="white" if value < 0.5 else "black", ha="center", va="center")
    axes.plot(column, row, "s", ms=72, fillstyle="none", color=ORANGE, mew=4)
    axes.set_xticks(range(len(means.columns)), list(means.columns))
    axes.set_yticks(range(len(means)), list(means.index))
    axes.set(title=title, xlabel=means.columns.name, ylabel=means.index.name)
    rows = (f"{p}: {_numbers(list(values))}" for p, values in means.iterrows())
    return _picture(figure, "\n".join([title, f"columns: {', '.join(map(str, means))}", *rows]))


@rc_context(LOOK)
def best_of_n(curve: pd.DataFrame) -> Picture:
    """Draw how the best of n runs improves with n: what was measured against what theory expects.

    Args:
        curve: the columns "measured" and "expected", by number of runs.
    """
    few, many = curve.index[0], curve.index[-1]
    measured = curve["measured"]
    found = f"best of {few}: {measured[few]:.2f}, best of {many}: {measured[many]:.2f}"
    title = f"More runs, more luck: {found}"
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(curve.index, curve["expected"], color=ORANGE, linewidth=2, label="expected")
    axes.plot(curve.index, measured, "o", color=BLUE, label="measured")
    axes.set(title=title, xlabel="n, the number of runs to choose the best from", ylim=(0, None))
    axes.set_ylabel("metric1 of the best, on average")
    axes.legend()
    return _picture(figure, title)
