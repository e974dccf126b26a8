"""helpers.plots: what each figure holds, that its title follows from the data, and its alt text."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from helpers.plots import BLUE, ORANGE, Picture, dots, picture


def axes_of(figure: Picture) -> Axes:
    return figure.figure.axes[0]


def drawn(axes: Axes, marker: str) -> list[list[float]]:
    """The x values of each line that is drawn with this marker, from top to bottom."""
    return [list(line.get_xdata()) for line in axes.lines if line.get_marker() == marker]


def legend(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def ticks(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def attributes_of(html: str) -> dict[str, str | None]:
    """The attributes of the one element that a piece of HTML consists of."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append(dict(attributes))
    parser.feed(html)
    (attributes,) = found
    return attributes


GROUPS = {"x": [0.3, 0.1], "z": [0.5, 0.6, float("nan"), 0.8]}


def test_dots_leaves_out_infinite_values_also_as_mlflow_stores_them() -> None:
    largest = float(np.finfo(float).max)
    figure = dots({"x": [0.3, largest, 0.1, float("inf"), -largest]}, "What there is", "max")
    assert drawn(axes_of(figure), "o") == [[0.1, 0.3]]
    assert drawn(axes_of(figure), "D") == [[0.3]]
    assert figure._repr_html_()  # drawn without a warning, which is an error here


@pytest.mark.parametrize(
    ("mark", "marked"),
    [("mean", [0.2, 0.633]), ("median", [0.2, 0.6]), ("min", [0.1, 0.5]), ("max", [0.3, 0.8])],
)
def test_dots_shows_every_value_and_marks_one_of_each_row(mark: str, marked: list[float]) -> None:
    figure = dots(GROUPS, "What there is to see", mark)
    axes = axes_of(figure)
    assert drawn(axes, "o") == [[0.1, 0.3], [0.5, 0.6, 0.8]]
    assert np.allclose(drawn(axes, "D"), [marked], atol=0.001)
    labels = [f"x: {mark} {marked[0]:.2f}", f"z: {mark} {marked[1]:.2f}"]
    assert ticks(axes) == labels
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first one on top
    assert axes.get_xlabel() == "metric1 of each run (lower is better)"
    assert axes.get_title(loc="left") == "What there is to see"
    assert legend(axes) == ["a run", mark]
    assert figure.alt.splitlines() == ["What there is to see", *labels]


def test_dots_takes_a_table_and_a_limit() -> None:
    table = pd.DataFrame({"broad": [0.9, 0.1, 0.8], "refined": [0.2, 0.3, None]})
    axes = axes_of(dots(table, "Two spaces", "median", line=0.3, xlabel="accuracy"))
    assert drawn(axes, "o") == [[0.1, 0.8, 0.9], [0.2, 0.3]]
    assert list(axes.lines[-1].get_xdata()) == [0.3, 0.3]
    assert legend(axes) == ["a run", "median", "0.3"]
    assert axes.get_xlabel() == "accuracy"


def test_no_dot_of_a_row_hides_another() -> None:
    axes = axes_of(dots({"same": [0.5] * 25}, "All the same", "mean"))
    heights = np.sort(axes.lines[0].get_ydata())
    assert np.diff(heights).min() > 0.01
    assert -0.3 < heights.min() <= heights.max() < 0.3


def test_pandas_draws_a_picture_and_shows_nothing_itself() -> None:
    curve = pd.DataFrame({"measured": [0.5, 0.32], "expected": [0.51, 0.3]}, index=[1, 5])
    figure = picture(curve.plot, "More runs", ["more luck"], ylabel="metric1", style=["o", "-"])
    axes = axes_of(figure)
    shown = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert shown == {"measured": [[1, 0.5], [5, 0.32]], "expected": [[1, 0.51], [5, 0.3]]}
    assert drawn(axes, "o") == [[1, 5]]
    assert [to_hex(line.get_color()).upper() for line in axes.lines] == [BLUE, ORANGE]
    assert not axes.get_legend().get_frame_on()  # our look
    assert axes.get_title(loc="left") == "More runs"
    assert axes.get_ylabel() == "metric1"
    assert figure.alt == "More runs\nmore luck"
    assert plt.get_fignums() == []  # else a notebook would show it a second time, without its text


def test_pandas_draws_where_runs_are_coloured_by_a_metric() -> None:
    table = pd.DataFrame({"C": [1, 10, 100], "gamma": [0.1, 1, 10], "accuracy": [0.5, 0.7, 0.6]})
    figure = picture(
        table.plot.scatter, "Where the runs are", x="C", y="gamma", c="accuracy", logx=True
    )
    (points,) = axes_of(figure).collections
    assert list(points.get_array()) == [0.5, 0.7, 0.6]
    assert axes_of(figure).get_xscale() == "log"
    assert figure.figure.axes[1].get_ylabel() == "accuracy"
    assert plt.get_fignums() == []


def test_a_picture_shows_itself_and_leaves_no_setting_behind() -> None:
    before = dict(mpl.rcParams)
    figure = dots(GROUPS, "Two groups", "mean")
    data, _ = DisplayFormatter().format(figure)
    assert dict(mpl.rcParams) == before
    assert data["text/plain"] == repr(figure) == figure.alt
    assert set(data) == {"text/plain", "text/html"}  # a notebook shows a PNG without its text
    shown = attributes_of(data["text/html"])
    assert shown["alt"] == figure.alt
    kind, _, png = shown["src"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(png).startswith(b"\x89PNG")
    assert figure._repr_html_() == data["text/html"]  # the same each time


def test_an_alternative_text_may_hold_any_character() -> None:
    figure = dots({'"<x>\n&': [0.1]}, "Odd", "mean")
    assert figure.alt == 'Odd\n"<x>, &: mean 0.10'
    assert attributes_of(figure._repr_html_())["alt"] == figure.alt


def test_a_figure_has_the_ground_of_the_page_whatever_its_theme() -> None:
    source = attributes_of(dots(GROUPS, "What there is", "mean")._repr_html_())["src"]
    assert source
    png = base64.b64decode(source.split(",")[1])
    alpha = plt.imread(io.BytesIO(png), format="png")[:, :, 3]
    assert (alpha == 0).mean() > 0.5
