"""What figures are made of: their look, alternative text, words for what is better, dots."""

import base64
import html
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.style import context

from helpers.tree import lower_is_better

CENTRED: Any = {"ha": "center", "va": "center"}
BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#7F7F7F"
in_our_look = context(Path(__file__).with_name("course.mplstyle"))  # a decorator


@dataclass(frozen=True)
class Picture:
    """A figure with its alternative text, which is also what it prints as."""

    png: bytes
    alt: str
    figure: Figure = field(compare=False)

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:  # JupyterLab shows a PNG by itself without any text
        png = base64.b64encode(self.png).decode()
        return f'<img alt="{html.escape(self.alt)}" src="data:image/png;base64,{png}">'


def blank(width: float, height: float, **settings: Any) -> tuple[Figure, Axes]:
    """Return an empty figure and its axes.

    Args:
        width: in inches.
        height: in inches.
        **settings: of the axes, such as their title.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.set(**settings)
    return figure, axes


def picture(figure: Figure, title: str, lines: Iterable[str] = ()) -> Picture:
    """Return a figure as a picture.

    Args:
        figure: what is drawn.
        title: the first line of its alternative text.
        lines: the other ones.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    return Picture(buffer.getvalue(), "\n".join([title, *lines]), figure)


def either(direction: str, if_lower: str, if_higher: str) -> str:
    """Return what goes with a direction: the first if lower is better, else the second."""
    return if_lower if lower_is_better(direction) else if_higher


def judged(metric: str, direction: str) -> str:
    """Return a label: the metric, and whether lower or higher is better."""
    return f"{metric} ({either(direction, 'lower', 'higher')} is better)"


def where_best(values: Any, direction: str) -> int:
    """Return the position of the best value."""
    return int((np.nanargmin if lower_is_better(direction) else np.nanargmax)(values))


def ink(colours: ScalarMappable, value: float) -> str:
    """Return the colour of a text that is readable upon a value's colour."""
    red, green, blue, opaque = colours.to_rgba(np.asarray(value))
    return "white" if opaque and red + green + blue < 1.5 else "black"


def numbers(values: Iterable[float]) -> str:
    """Return numbers as a text.

    >>> numbers([0.125, 1])
    '0.12, 1.00'
    """
    return ", ".join(f"{value:.2f}" for value in values)


def branches(axes: Axes, rows: list[list[float]], direction: str) -> ScalarMappable:
    """Draw each row as a branch: a square for the parent, a dot for each child; return the dots.

    Args:
        axes: where to draw.
        rows: the metric of each child of each parent.
        direction: "minimize" if lower is better, else "maximize".
    """
    spots = [(n, row, v) for row, branch in enumerate(rows) for n, v in enumerate(branch, 1)]
    x, y, values = zip(*spots, strict=True)
    few = max(x) < 13  # there is room for numbers
    left = 0 if few else -2  # where the parents are
    for row, branch in enumerate(rows):
        axes.plot([left - 0.5, len(branch) or left], [row, row], color=GREY, zorder=0)
        axes.plot(left, row, "s", color=GREY, markersize=11)
    places = range(1, max(x) + 1, 1 if few else 4)
    axes.set_xticks([left, *places], ["parent", *places])
    axes.set(xlim=(left - 0.5, max(x) + 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlabel("child run, oldest first")
    axes.spines["left"].set(bounds=(0, len(rows) - 1), color=GREY, linewidth=1.5)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0, pad=6)
    best = values[where_best(values, direction)]
    rings = [ORANGE if value == best else BLUE for value in values]
    size, colours = 600 if few else 90, either(direction, "Blues_r", "Blues")
    dots = axes.scatter(x, y, size, values, cmap=colours, edgecolors=rings, plotnonfinite=True)
    dots.set_linewidth(2)
    for place, row, value in spots if few else []:
        axes.text(place, row, numbers([value]), color=ink(dots, value), size=9, **CENTRED)
    return dots


@in_our_look
def strips(
    title: str, rows: list[Any], mark: str, metric: str, direction: str, line: float | None = None
) -> Picture:
    """Draw the values of each row as dots, spread so that none hides another, one value marked.

    Args:
        title: the first line of the alternative text as well.
        rows: name, values and marked value of each.
        mark: what the marked values are.
        metric: what the values are.
        direction: "minimize" if lower is better, else "maximize".
        line: where to draw a line, if anywhere.
    """
    figure, axes = blank(8, 1 + 0.6 * len(rows), title=title)
    axes.set(xlabel=judged(f"{metric} of each run", direction), ylim=(len(rows) - 0.5, -0.5))
    for row, (_, values, marked) in enumerate(rows):
        spread = ((np.arange(len(values)) * 0.618 + 0.5) % 1 - 0.5) * 0.5
        axes.plot(np.sort(values), row + spread, "o", color=BLUE, alpha=0.5, label="a run")
        axes.plot(marked, row, "D", color=ORANGE, mec="black", ms=10, label=mark)
    if line is not None:
        axes.axvline(line, color=GREY, linestyle="--", label=str(line))
    kinds = {drawn.get_label(): drawn for drawn in axes.lines}
    axes.legend(handles=[*kinds.values()], loc="upper left", bbox_to_anchor=(1, 1))
    labels = [f"{name}: {mark} {marked:.2f}" for name, _, marked in rows]
    axes.set_yticks(range(len(rows)), labels)
    return picture(figure, title, (label.replace("\n", ", ") for label in labels))
