"""The figures that the lessons show, with one look for all of them.

A figure takes data that the lesson has read and shown before; nothing here asks the server.
Throughout, `metric` is what is drawn, and `direction` is "minimize" or "maximize": lower or higher
is better.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from pandas import DataFrame

from helpers import pictures
from helpers.pictures import BLUE, ORANGE, Picture, either, in_our_look, numbers
from helpers.tree import PARENT_TAG, lower_is_better

Names = Sequence[str]
PARAMS = ("param1", "param2")
NAME = "tags.mlflow.runName"


@in_our_look
def draw_tree(
    parents: DataFrame, children: DataFrame, metric: str = "metric1", direction: str = "minimize"
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
    best = own[NAME].iloc[pictures.where_best(own[column], direction)]
    extreme = either(direction, "lowest", "highest")
    title = f"Of {len(own)} children, {best} has the {extreme} {metric}"
    names = list(parents[NAME])
    branches = [list(own[column][own[parent_of] == run_id]) for run_id in parents["run_id"]]
    figure, axes = pictures.blank(8, 1 + 0.5 * len(names), title=title)
    axes.set_yticks(range(len(names)), names)
    dots = pictures.branches(axes, branches, direction)
    figure.colorbar(dots, label=pictures.judged(metric, direction))
    rows = zip(names, branches, strict=True)
    return pictures.picture(figure, title, (f"{name}: {numbers(row)}" for name, row in rows))


def sensitivity(
    runs: DataFrame, metric: str = "metric1", params: Names = PARAMS, direction: str = "minimize"
) -> Picture:
    """Draw a metric against the values of each parameter: each run a dot, the means marked.

    Args:
        runs: one row a run.
        metric: what is drawn.
        params: the title ranks them by how far apart the means of their values lie.
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
    return pictures.strips(title, rows, "mean", metric, direction)


def compare_spaces(
    spaces: DataFrame, good: float, metric: str = "metric1", direction: str = "minimize"
) -> Picture:
    """Draw a metric in each search space: each run a dot, the medians marked.

    Args:
        spaces: one column a space, one value a run.
        good: runs on the better side of it count as good; drawn as a line.
        metric: what the values are.
        direction: "minimize" if lower is better, else "maximize".
    """
    lower = lower_is_better(direction)
    hits = (spaces < good if lower else spaces > good).sum()
    names = spaces.median().sort_values(ascending=lower).index
    shares = [f"{hits[name]} of {spaces[name].count()} in the {name} space" for name in names]
    title = f"Runs {either(direction, 'below', 'above')} {good}: {', '.join(shares)}"
    rows = [(f"{name} space", spaces[name].dropna(), spaces[name].median()) for name in spaces]
    return pictures.strips(title, rows, "median", metric, direction, good)


def best_children(
    parents: DataFrame,
    children: Mapping[str, DataFrame],
    metric: str = "metric1",
    params: Names = PARAMS,
    direction: str = "minimize",
) -> Picture:
    """Draw a metric of each parent's children, the best child marked, the best parent on top.

    Args:
        parents: one row a parent, in any order.
        children: the children of each of them, by the parent's run id.
        metric: what is drawn.
        params: the parameters of the best children to name.
        direction: "minimize" if lower is better, else "maximize".
    """
    rows = []
    for run_id, name in zip(parents["run_id"], parents[NAME], strict=True):
        values = children[run_id][f"metrics.{metric}"]
        place = pictures.where_best(values, direction)
        named = " with ".join(children[run_id].iloc[place][[f"params.{param}" for param in params]])
        rows.append((f"{name}\n{named}", values, values.iloc[place]))
    rows.sort(key=lambda row: row[2], reverse=not lower_is_better(direction))
    title = f"Best of all: {rows[0][2]:.2f} in {rows[0][0].splitlines()[0]}"
    return pictures.strips(title, rows, "best child", metric, direction)


@in_our_look
def heat_map(
    means: DataFrame,
    refined: tuple[Names, Names],
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
    row, column = divmod(pictures.where_best(means, direction), len(means.columns))
    best = str(means.index[row]), str(means.columns[column])
    inside = all(value in kept for value, kept in zip(best, refined, strict=True))
    title = f"Best: {' with '.join(best)}, {'inside' if inside else 'outside'} the refined space"
    figure, axes = pictures.blank(
        6, 4.5, title=title, xlabel=means.columns.name, ylabel=means.index.name
    )
    image = axes.imshow(means, cmap=either(direction, "Blues_r", "Blues"))
    figure.colorbar(image, label=pictures.judged(f"mean of {metric}", direction))
    for (i, j), value in np.ndenumerate(means):
        text = "no run" if np.isnan(value) else f"{value:.2f}"
        if means.index[i] in refined[0] and means.columns[j] in refined[1]:
            text += "\nrefined"
        axes.text(j, i, text, color=pictures.ink(image, value), **pictures.CENTRED)
    axes.plot(column, row, "s", ms=72, fillstyle="none", color=ORANGE, mew=4)
    axes.set_xticks(range(len(means.columns)), list(means.columns))
    axes.set_yticks(range(len(means)), list(means.index))
    rows = (f"{value}: {numbers(row_of_means)}" for value, row_of_means in means.iterrows())
    return pictures.picture(figure, title, [f"columns: {', '.join(map(str, means))}", *rows])


@in_our_look
def best_of_n(curve: DataFrame, metric: str = "metric1") -> Picture:
    """Draw how the best of n runs improves with n: what was measured against what theory expects.

    Args:
        curve: the columns "measured" and "expected", by number of runs.
        metric: what the values are.
    """
    measured = curve["measured"]
    found = [f"best of {n}: {measured[n]:.2f}" for n in curve.index[[0, -1]]]
    title = f"More runs, more luck: {', '.join(found)}"
    figure, axes = pictures.blank(8, 3.5, title=title, ylabel=f"{metric} of the best, on average")
    axes.plot(curve["expected"], color=ORANGE, linewidth=2, label="expected")
    axes.plot(measured, "o", color=BLUE, label="measured")
    axes.set_xlabel("n, the number of runs to choose the best from")
    axes.set_ylim(bottom=min(0, curve.to_numpy().min()))
    axes.legend()
    return pictures.picture(figure, title)
