"""What all figures share: their look, their alternative text, and words for what is better."""

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
