"""Say what a colleague will miss in a year of a family: a parent run and its children."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from math import nan

import mlflow
from mlflow.entities import Run

from exercises.engine import Finding, code, names
from exercises.engine.judging import Result
from exercises.engine.report import Report
from helpers.tree import lower_is_better

NEEDED = {"mlflow.source.git.commit", "seed", "data"}  # to repeat a child: tags or parameters
RULES = {
    "ended": "no run is RUNNING; else nobody knows whether it still works or has died",
    "repeat": "code version, seed and data are known for each child; else nobody can repeat it",
    "metric": "all finished children have the metric; else nobody can compare them",
    "best": "the parent has the best child's value, parameters and run id; else nobody finds them",
    "model": "no child but the best has a model; else nobody knows which one to load",
}


class FamilyReport(Report):
    """What a family has and lacks; shows itself as an exercise's report does."""

    def _end(self) -> str:
        return "Each ✗ is what a colleague will miss in a year." if not self.passed else ""


def check_family(parent: str, metric: str = "metric1", direction: str = "minimize") -> FamilyReport:
    """Say what a family has and what it lacks; reads from where MLflow points, and only reads.

    In a test: `report = check_family(run_id)`, then `assert report.passed, report`.

    Args:
        parent: its run id.
        metric: the metric that decides.
        direction: which value of it is best: the lowest ("minimize") or the highest ("maximize").

    Raises:
        MlflowException: there is no such run.
        ValueError: there is no such direction.
    """
    run = mlflow.get_run(parent)
    where, own = [run.info.experiment_id], f"tags.mlflow.parentRunId = '{parent}'"
    children = mlflow.search_runs(where, own, output_format="list")
    models = mlflow.search_logged_models(where, output_format="list")
    owners = [model.source_run_id for model in models]
    call, results = f"check_family(…, {metric!r}, {direction!r})", []
    for key, wrong in examine(run, children, metric, direction, owners):
        finding = Finding("", wrong, run) if wrong else None
        results.append(Result(key, RULES[key], not wrong, finding=finding, call=call))
    return FamilyReport(tuple(results))


def examine(
    parent: Run,
    children: Sequence[Run],
    metric: str,
    direction: str,
    owners: Collection[str | None] = (),
) -> Iterator[tuple[str, str]]:
    """Yield each rule with what breaks it, in Markdown; the last two only if there is a best child.

    Args:
        parent: as it is now.
        children: its direct ones.
        metric: the metric that decides.
        direction: "minimize" or "maximize".
        owners: ids of the runs that have a model.
    """
    choose = min if lower_is_better(direction) else max
    yield "ended", names(run for run in (parent, *children) if run.info.status == "RUNNING")
    kept = parent.data.tags | parent.data.params | parent.data.metrics
    missing = [NEEDED.difference(kept, run.data.tags, run.data.params) for run in children]
    yield "repeat", listed("no ", set[str]().union(*missing))
    done = [run for run in children if run.info.status == "FINISHED"]
    without = names(run for run in done if metric not in run.data.metrics)
    # Neither NaN nor infinity, which MLflow keeps as 1.8e308.
    scored = [run for run in done if abs(run.data.metrics.get(metric, nan)) < 1e308]
    none = f"no finished child with a number, of {len(children)}"
    yield "metric", (without and f"none on {without}") if scored else none
    if scored:
        best = best_child(scored, metric, choose, parent.data.tags.get("best_run_id", ""))
        wanted = {"run_id": best.info.run_id, metric: best.data.metrics[metric]} | tuned(best)
        pairs = {f"best_{name}": value for name, value in wanted.items()}.items() - kept.items()
        yield "best", listed("not ", (f"{name} = {value}" for name, value in pairs))
        others = [run for run in children if run is not best]
        yield "model", names(run for run in others if run.info.run_id in owners)


def tuned(run: Run) -> dict[str, str]:
    """Return the parameters of a child without those that say how to repeat it.

    Args:
        run: the child.
    """
    return {name: value for name, value in run.data.params.items() if name not in NEEDED}


def listed(word: str, texts: Iterable[str]) -> str:
    """Return texts as Markdown code, each with a word before it.

    >>> listed("no ", {"seed", "data"})
    'no `data`, no `seed`'
    """
    return ", ".join(f"{word}{code(text)}" for text in sorted(texts))


def best_child(
    runs: Sequence[Run], metric: str, choose: Callable[[Iterable[float]], float], named: str
) -> Run:
    """Return the run with the best value; of several, the one that the parent names."""
    value = choose(run.data.metrics[metric] for run in runs)
    best = {run.info.run_id: run for run in runs if run.data.metrics[metric] == value}
    return best.get(named) or next(iter(best.values()))
