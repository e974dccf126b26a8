"""Draw the figures of the lessons in one style, with alternative text derived from the data.

Nothing here reads from the server. The lessons pass in the data.
"""

import base64
import html
import io
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.style import context
from pandas import Series

BLUE, SKY, ORANGE = "#0072B2", "#56B4E9", "#E69F00"
in_our_look = context(Path(__file__).with_name("course.mplstyle"))  # a decorator


@dataclass(frozen=True)
class Picture:
    """A figure with alternative text, which is also what a terminal prints."""

    figure: Figure
    alt: str

    def __repr__(self) -> str:
        return self.alt

    @in_our_look
    def _repr_html_(self) -> str:  # JupyterLab would show a plain PNG without alternative text
        png = io.BytesIO()
        self.figure.savefig(png, format="png", bbox_inches="tight", metadata={"Software": None})
        source = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
        return f'<img alt="{html.escape(self.alt)}" src="{source}">'


@in_our_look
def picture(
    plot: Callable[..., object],
    title: str,
    lines: Iterable[str] = (),
    size: tuple[float, float] = (8, 3.5),
    **options: object,
) -> Picture:
    """Draw a figure with pandas, as in `picture(table.plot, "How the best improves")`.

    Args:
        plot: a function that draws on the axes `ax`, such as `table.plot` or `table.plot.scatter`.
        title: the title, which is also the first line of the alternative text.
        lines: the other lines of the alternative text.
        size: width and height in inches.
        **options: further arguments for `plot`.
    """
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    plot(ax=axes, **options)
    axes.set_title(title)
    return Picture(figure, "\n".join([title, *lines]))


def dots(groups: Mapping[str, Iterable[float]], title: str, mark: str) -> Picture:
    """Draw metric1 of each group of runs as a row of dots, and mark one value in each row.

    Args:
        groups: the values of each group by its name; the first is drawn on top. Missing values are
            left out, and so are infinite ones, which MLflow stores as the largest float.
        title: the title.
        mark: which value to mark in each row: "mean", "median", "min" or "max".
    """
    rows = [Series(values, dtype=float) for _, values in groups.items()]
    rows = [row[row.abs() < sys.float_info.max] for row in rows]
    marked = [row.agg(mark) for row in rows]
    labels = [f"{name}: {mark} {value:.2f}" for name, value in zip(groups, marked, strict=True)]

    def draw(ax: Axes) -> None:
        for place, row in enumerate(rows):
            # Spread vertically, so that no dot hides another.
            heights = place + ((np.arange(len(row)) * 0.618 + 0.5) % 1 - 0.5) * 0.5
            label = None if place else "a run"
            # The edge stands out on a dark page.
            ax.plot(np.sort(row), heights, "o", color=BLUE, mec=SKY, alpha=0.7, label=label)
        ax.plot(marked, range(len(rows)), "D", color=ORANGE, mec="black", ms=10, label=mark)
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
        ax.set(xlabel="metric1 of each run (lower is better)", ylim=(len(rows) - 0.5, -0.5))
        ax.set_yticks(range(len(rows)), labels)

    return picture(draw, title, labels, size=(8, 1 + 0.6 * len(rows)))
