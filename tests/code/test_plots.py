"""helpers.plots: a figure holds what it says, and a notebook shows it with its text."""

from __future__ import annotations

import base64
import html
import io
import re

import matplotlib.pyplot as plt
import numpy as np
from IPython.core.formatters import DisplayFormatter

from helpers.plots import dots

LARGEST = float(np.finfo(float).max)  # how MLflow stores an infinite value
GROUPS = {'"<x> &': [0.3, LARGEST, 0.1, float("inf"), -LARGEST], "z": [0.6, 0.5, float("nan"), 1]}


def test_dots_shows_every_finite_value_and_marks_one_of_each_row() -> None:
    figure = dots(GROUPS, "What there is to see", "max")
    axes = figure.figure.axes[0]
    *rows, marked = (list(line.get_xdata()) for line in axes.lines)
    assert rows == [[0.1, 0.3], [0.5, 0.6, 1]]
    assert marked == [0.3, 1]
    assert axes.get_title(loc="left") == "What there is to see"
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first one on top
    assert figure.alt == 'What there is to see\n"<x> &: max 0.30\nz: max 1.00'


def test_a_notebook_shows_a_picture_with_its_text_on_the_ground_of_the_page() -> None:
    figure = dots(GROUPS, "Two groups", "mean")
    data, _ = DisplayFormatter().format(figure)
    shown = re.fullmatch('<img alt="([^"]*)" src="data:image/png;base64,(.*)">', data["text/html"])
    assert shown
    assert html.unescape(shown[1]) == figure.alt
    alpha = plt.imread(io.BytesIO(base64.b64decode(shown[2])), format="png")[:, :, 3]
    assert (alpha == 0).mean() > 0.5
