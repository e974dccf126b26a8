"""helpers.plots: what each figure holds, that its title follows from the data, and its alt text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from helpers.pictures import BLUE, ORANGE, Picture
from helpers.plots import (
    best_children,
    best_of_n,
    compare_spaces,
    draw_tree,
    heat_map,
    sensitivity,
)


def runs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["params.param1", "params.param2", "metrics.metric1"])


def axes_of(picture: Picture) -> Axes:
    return picture.figure.axes[0]


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


FOUR = runs(("x", "u", 0.1), ("x", "v", 0.3), ("z", "u", 0.5), ("z", "v", 0.7))


def test_sensitivity_shows_every_run_twice_and_the_means() -> None:
    axes = axes_of(sensitivity(FOUR))
    assert drawn(axes, "o") == [[0.1, 0.3], [0.5, 0.7], [0.1, 0.5], [0.3, 0.7]]
    assert np.allclose(drawn(axes, "D"), [[0.2], [0.6], [0.3], [0.5]])
    assert ticks(axes)[1:3] == ["param1 = z: mean 0.60", "param2 = u: mean 0.30"]
    assert axes.get_xlabel() == "metric1 of each run (lower is better)"
    assert legend(axes) == ["a run", "mean"]


@pytest.mark.parametrize(
    ("columns", "title"),
    [
        (["params.param1", "params.param2"], "param1 moves metric1 by 0.40, param2 by 0.20"),
        (["params.param2", "params.param1"], "param2 moves metric1 by 0.40, param1 by 0.20"),
    ],
)
def test_sensitivity_names_the_parameter_that_moves_more(columns: list[str], title: str) -> None:
    picture = sensitivity(FOUR.set_axis([*columns, "metrics.metric1"], axis="columns"))
    assert axes_of(picture).get_title(loc="left") == title
    assert picture.alt.splitlines()[0] == title
    assert len(picture.alt.splitlines()) == 5


def test_compare_spaces_shows_runs_medians_and_the_limit() -> None:
    broad, refined = [0.9, 0.1, 0.8], [0.2, 0.3]
    picture = compare_spaces(pd.DataFrame({"broad": broad, "refined": [*refined, None]}), 0.3)
    axes = axes_of(picture)
    assert drawn(axes, "o") == [sorted(broad), refined]
    assert np.allclose(drawn(axes, "D"), [[0.8], [0.25]])
    assert list(axes.lines[-1].get_xdata()) == [0.3, 0.3]
    assert legend(axes) == ["a run", "median", "0.3"]
    assert picture.alt.splitlines() == [
        "Runs below 0.3: 1 of 2 in the refined space, 1 of 3 in the broad space",
        "broad space: median 0.80",
        "refined space: median 0.25",
    ]


def test_no_dot_of_a_row_hides_another() -> None:
    axes = axes_of(compare_spaces(pd.DataFrame({"same": [0.5] * 25}), 0.3))
    heights = np.sort(axes.lines[0].get_ydata())
    assert np.diff(heights).min() > 0.01
    assert -0.3 < heights.min() <= heights.max() < 0.3


@pytest.fixture
def means() -> pd.DataFrame:
    rows, columns = pd.Index(["a", "b"], name="param1"), pd.Index(["d", "e"], name="param2")
    return pd.DataFrame([[0.9, 0.1], [0.3, 0.8]], index=rows, columns=columns)


@pytest.mark.parametrize(
    ("refined", "finding", "kept"),
    [
        ((["b"], ["d"]), "outside", ["0.30\nrefined"]),
        ((["a", "b"], ["e"]), "inside", ["0.10\nrefined", "0.80\nrefined"]),
        ((["b"], ["d", "e"]), "outside", ["0.30\nrefined", "0.80\nrefined"]),
    ],
)
def test_heat_map_says_whether_the_best_is_in_the_refined_space(
    means: pd.DataFrame,
    refined: tuple[Sequence[str], Sequence[str]],
    finding: str,
    kept: list[str],
) -> None:
    picture = heat_map(means, refined)
    axes = axes_of(picture)
    title = f"Best: a with e, {finding} the refined space"
    assert axes.get_title(loc="left") == title
    assert [t.get_text() for t in axes.texts if "refined" in t.get_text()] == kept
    assert picture.alt.splitlines() == [title, "columns: d, e", "a: 0.90, 0.10", "b: 0.30, 0.80"]


def test_heat_map_draws_the_means_and_frames_the_lowest(means: pd.DataFrame) -> None:
    means.loc["a", "d"] = np.nan  # a combination that no run has tried
    axes = axes_of(heat_map(means, (["b"], ["d"])))
    assert np.array_equal(axes.images[0].get_array().filled(np.nan), means, equal_nan=True)
    assert [t.get_text() for t in axes.texts] == ["no run", "0.10", "0.30\nrefined", "0.80"]
    (frame,) = axes.lines
    assert (list(frame.get_xdata()), list(frame.get_ydata())) == ([1], [0])
    assert frame.get_color() == ORANGE
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("param2", "param1")
    assert ticks(axes) == ["a", "b"]


def test_best_of_n_draws_measurement_and_theory() -> None:
    curve = pd.DataFrame({"measured": [0.5, 0.32], "expected": [0.51, 0.3]}, index=[1, 5])
    picture = best_of_n(curve)
    axes = axes_of(picture)
    shown = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert shown == {"expected": [[1, 0.51], [5, 0.3]], "measured": [[1, 0.5], [5, 0.32]]}
    assert picture.alt == "More runs, more luck: best of 1: 0.50, best of 5: 0.32"
    assert axes.get_title(loc="left") == picture.alt
    assert axes.get_xlabel() == "n, the number of runs to choose the best from"


@pytest.fixture
def family() -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    parents = pd.DataFrame({"run_id": ["1", "2"], "tags.mlflow.runName": ["first", "second"]})
    first = runs(("a", "d", 0.9), ("b", "f", 0.4))
    second = runs(("b", "d", 0.2), ("b", "f", np.nan), ("a", "f", 0.8))
    return parents, {"1": first, "2": second}


def test_best_children_marks_the_best_and_ranks_the_parents(
    family: tuple[pd.DataFrame, dict[str, pd.DataFrame]],
) -> None:
    picture = best_children(*family)
    axes = axes_of(picture)
    assert drawn(axes, "D") == [[0.2], [0.4]]
    assert drawn(axes, "o")[1] == [0.4, 0.9]
    assert drawn(axes, "o")[0][:2] == [0.2, 0.8]
    assert ticks(axes) == ["second\nb with d: best child 0.20", "first\nb with f: best child 0.40"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the best parent on top
    assert picture.alt.splitlines() == [
        "Best of all: 0.20 in second",
        "second, b with d: best child 0.20",
        "first, b with f: best child 0.40",
    ]


def test_the_order_of_the_parents_makes_no_difference(
    family: tuple[pd.DataFrame, dict[str, pd.DataFrame]],
) -> None:
    parents, children = family
    assert best_children(parents[::-1], children) == best_children(parents, children)


def test_a_picture_shows_itself_and_leaves_no_setting_behind() -> None:
    before = dict(mpl.rcParams)
    picture = sensitivity(FOUR)
    assert dict(mpl.rcParams) == before
    data, _ = DisplayFormatter().format(picture)
    assert data["text/plain"] == repr(picture) == picture.alt
    assert set(data) == {"text/plain", "text/html"}  # a notebook shows a PNG without its text
    shown = attributes_of(data["text/html"])
    assert shown["alt"] == picture.alt
    kind, _, png = shown["src"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(png) == picture.png
    assert picture.png.startswith(b"\x89PNG")


def test_an_alternative_text_may_hold_any_character() -> None:
    picture = sensitivity(runs(('"<x>', "u", 0.1), ("&", "u", 0.2)))
    assert 'param1 = "<x>: mean 0.10' in picture.alt
    assert attributes_of(picture._repr_html_())["alt"] == picture.alt


def tree(*sizes: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Parents with so many children each; metric1 falls from child to child, the last is 0.10."""
    names = [f"parent_{number}" for number in range(len(sizes))]
    parents = pd.DataFrame({"run_id": list("abcdef"[: len(sizes)]), "tags.mlflow.runName": names})
    children = pd.DataFrame(
        [
            (parents["run_id"][p], f"run_{i}_{p}")
            for p, size in enumerate(sizes)
            for i in range(size)
        ],
        columns=["tags.mlflow.parentRunId", "tags.mlflow.runName"],
    )
    children["metrics.metric1"] = np.arange(len(children), 0, -1) / 10
    return parents, children


def dots(axes: Axes) -> list[list[float]]:
    """Place, branch and metric of each child, in the order of drawing."""
    (drawn_children,) = axes.collections
    values = drawn_children.get_array().filled(np.nan)
    return np.column_stack([drawn_children.get_offsets(), values]).tolist()


def test_draw_tree_draws_each_child_on_the_branch_of_its_parent() -> None:
    picture = draw_tree(*tree(2, 1))
    axes = axes_of(picture)
    assert dots(axes) == [[1, 0, 0.3], [2, 0, 0.2], [1, 1, 0.1]]
    assert ticks(axes) == ["parent_0", "parent_1"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first parent on top
    assert [text.get_text() for text in axes.texts] == ["0.30", "0.20", "0.10"]
    assert len(drawn(axes, "s")) == 2
    assert axes.get_title(loc="left") == "Of 3 children, run_0_1 has the lowest metric1"
    assert picture.alt.splitlines() == [
        "Of 3 children, run_0_1 has the lowest metric1",
        "parent_0: 0.30, 0.20",
        "parent_1: 0.10",
    ]


def test_draw_tree_rings_the_lowest_and_says_that_lower_is_better() -> None:
    picture = draw_tree(*tree(2, 1))
    (children_drawn,) = axes_of(picture).collections
    assert [to_hex(c).upper() for c in children_drawn.get_edgecolors()] == [BLUE, BLUE, ORANGE]
    assert picture.figure.axes[1].get_ylabel() == "metric1 (lower is better)"


def test_draw_tree_leaves_out_the_children_of_other_parents() -> None:
    parents, children = tree(2, 2)
    picture = draw_tree(parents[1:], pd.concat([children[2:], children[:2]]))
    assert picture.alt.splitlines()[1:] == ["parent_1: 0.20, 0.10"]
    assert dots(axes_of(picture)) == [[1, 0, 0.2], [2, 0, 0.1]]


def test_draw_tree_takes_a_childless_parent_and_a_child_without_the_metric() -> None:
    parents, children = tree(2, 0, 1)
    children.loc[0, "metrics.metric1"] = np.nan
    picture = draw_tree(parents, children)
    assert picture.alt.splitlines()[1:] == ["parent_0: nan, 0.20", "parent_1: ", "parent_2: 0.10"]
    assert len(dots(axes_of(picture))) == 3
    assert len(drawn(axes_of(picture), "s")) == 3


def test_draw_tree_writes_no_numbers_where_there_is_no_room() -> None:
    picture = draw_tree(*tree(25, 25))
    assert list(axes_of(picture).texts) == []
    assert len(dots(axes_of(picture))) == 50
    labels = [label.get_text() for label in axes_of(picture).get_xticklabels()]
    assert labels == ["parent", "1", "5", "9", "13", "17", "21", "25"]


def test_draw_tree_colours_by_the_metric_asked_for() -> None:
    parents, children = tree(2)
    picture = draw_tree(
        parents, children.rename(columns={"metrics.metric1": "metrics.loss"}), metric="loss"
    )
    assert picture.alt.startswith("Of 2 children, run_1_0 has the lowest loss")


@pytest.mark.parametrize("values", [None, [np.nan, np.nan]])
def test_draw_tree_refuses_children_without_the_metric(values: list[float] | None) -> None:
    parents, children = tree(2)
    children = children.drop(columns="metrics.metric1")
    if values:
        children["metrics.metric1"] = values
    with pytest.raises(ValueError, match="no child with a metric 'metric1'"):
        draw_tree(parents, children)


# Any metric, any parameters, either direction: nothing is wired to the course's own.
LOSSES = FOUR.set_axis(["params.rate", "params.depth", "metrics.score"], axis="columns")
LOSSES["metrics.score"] *= 100


def test_sensitivity_of_another_metric_to_other_parameters() -> None:
    picture = sensitivity(LOSSES, "score", ["rate", "depth"], "maximize")
    assert picture.alt.splitlines()[0] == "rate moves score by 40.00, depth by 20.00"
    axes = axes_of(picture)
    assert axes.get_xlabel() == "score of each run (higher is better)"
    assert axes.get_xlim()[0] < 10 < 70 < axes.get_xlim()[1]
    assert len(drawn(axes, "o")) == 4


def test_one_parameter_alone_is_enough() -> None:
    picture = sensitivity(LOSSES, "score", ["depth"])
    assert picture.alt.splitlines()[0] == "depth moves score by 20.00"


def test_compare_spaces_counts_the_runs_above_where_higher_is_better() -> None:
    spaces = pd.DataFrame({"broad": [0.1, 0.9, 0.2], "refined": [0.7, 0.8, 0.6]})
    picture = compare_spaces(spaces, 0.65, "accuracy", "maximize")
    title = "Runs above 0.65: 2 of 3 in the refined space, 1 of 3 in the broad space"
    assert picture.alt.splitlines()[0] == title
    assert axes_of(picture).get_xlabel() == "accuracy of each run (higher is better)"


def test_best_children_by_the_highest_score() -> None:
    parents = pd.DataFrame({"run_id": ["1", "2"], "tags.mlflow.runName": ["first", "second"]})
    picture = best_children(
        parents, {"1": LOSSES[:2], "2": LOSSES[2:]}, "score", ["rate"], "maximize"
    )
    assert picture.alt.splitlines() == [
        "Best of all: 70.00 in second",
        "second, z: best child 70.00",
        "first, x: best child 30.00",
    ]


def test_heat_map_frames_the_highest_where_higher_is_better(means: pd.DataFrame) -> None:
    picture = heat_map(means * 10, (["a"], ["d"]), "score", "maximize")
    axes = axes_of(picture)
    assert axes.get_title(loc="left") == "Best: a with d, inside the refined space"
    assert picture.figure.axes[1].get_ylabel() == "mean of score (higher is better)"
    inks = {text.get_text().split("\n")[0]: text.get_color() for text in axes.texts}
    assert inks == {"9.00": "white", "1.00": "black", "3.00": "black", "8.00": "white"}


def test_draw_tree_rings_the_highest_where_higher_is_better() -> None:
    picture = draw_tree(*tree(2, 1), direction="maximize")
    assert picture.alt.splitlines()[0] == "Of 3 children, run_0_0 has the highest metric1"
    (children_drawn,) = axes_of(picture).collections
    assert [to_hex(c).upper() for c in children_drawn.get_edgecolors()] == [ORANGE, BLUE, BLUE]
    assert [text.get_color() for text in axes_of(picture).texts] == ["white", "black", "black"]


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'up'"):
        sensitivity(FOUR, direction="up")
