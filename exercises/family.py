"""Check a family, a parent run and its children, for what a colleague will need in a year.

    python -m exercises.family RUN_ID --metric score --server URL

The exit code is 0 if the family keeps all rules, 1 if it breaks one, and 2 if it cannot be checked.
"""

import argparse
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import mlflow

from exercises.describe_missing import compared, lacking
from exercises.engine import Run, names
from helpers.read_runs import PARENT_TAG, lower_is_better
from helpers.tracking import tracking_uri

ACTIVE = {"RUNNING", "SCHEDULED"}  # statuses of a run that has not ended
NEEDED = {"mlflow.source.git.commit", "seed", "data"}  # to repeat a child: tags or parameters
RULES = {
    "here": "all children are in their parent's experiment; otherwise nobody finds them",
    "ended": "every run has ended; otherwise nobody can tell whether a run is active or abandoned",
    "repeat": "code version, seed and data of each child are known; otherwise nobody can repeat it",
    "metric": "all finished children have the metric; otherwise nobody can compare them",
    "best": "the best child's value, parameters and run ID are on the parent; otherwise nobody "
    "finds them",
    "model": "if children have models, the best child has one; otherwise nobody can load the best",
}
PAGES = {  # the page that says more about a rule
    "here": "07_runs_that_log_themselves",
    "ended": "10_many_workers",
    "repeat": "14_in_a_year",
    "metric": "05_best_child_challenge",
    "best": "05_best_child_challenge",
    "model": "08_tune_a_real_model",
}


@dataclass(frozen=True)
class FamilyReport:
    """What a family has and lacks, displayed as a list."""

    problems: dict[str, str]  # of each rule that could be judged, what breaks it, if anything

    @property
    def passed(self) -> bool:
        """Whether the family keeps all rules."""
        return not any(self.problems.values())

    def __repr__(self) -> str:  # in a terminal, in the course's folder
        return self.list_rules("notebooks/")

    def _repr_markdown_(self) -> str:  # next to the other lessons
        return self.list_rules("")

    def list_rules(self, folder: str) -> str:
        """Return the rules in Markdown, each with a link to the lesson that says more about it.

        Args:
            folder: the path from where this is read to the lessons, "" or with a slash at its end.
        """
        lines = ["**✓ COMPLETE**" if self.passed else "**✗ INCOMPLETE**", ""]
        for key, wrong in self.problems.items():
            page = f" ([lesson {PAGES[key][:2]}]({folder}{PAGES[key]}.ipynb))"
            rule = f"**✗ {RULES[key]}:** {wrong}" if wrong else f"✓ {RULES[key]}"
            lines.append(f"- {rule}{page}")
        return "\n".join(lines)


def check_family(parent: str, metric: str = "metric1", direction: str = "minimize") -> FamilyReport:
    """Say what a family has and what it lacks. Only read, from the server that MLflow points at.

    A family is a parent and its *direct* children. What their tags and parameters say of code,
    seed and data is taken for true. In a test: `report = check_family(run_id)`, then
    `assert report.passed, report`.

    Args:
        parent: the parent's run ID.
        metric: the metric to compare by.
        direction: which value of it is best: the lowest ("minimize") or the highest ("maximize").

    Raises:
        MlflowException: there is no such run.
        ValueError: there is no such direction.
    """
    run, own = Run.of(mlflow.get_run(parent)), f"tags.{PARENT_TAG} = '{parent}'"
    runs = mlflow.search_runs(search_all_experiments=True, filter_string=own, output_format="list")
    models = mlflow.search_logged_models([run.experiment_id], output_format="list")
    owners = [model.source_run_id for model in models]
    children = [*map(Run.of, runs)]
    return FamilyReport(dict(examine(run, children, metric, direction, owners)))


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
        children: its direct children.
        metric: the metric to compare by.
        direction: "minimize" or "maximize".
        owners: IDs of the runs that have a model.
    """
    choose = min if lower_is_better(direction) else max
    yield "here", names(run for run in children if run.experiment_id != parent.experiment_id)
    yield "ended", names(run for run in (parent, *children) if run.status in ACTIVE)
    kept = {**parent.params, **parent.tags}
    missing = [NEEDED.difference(kept, run.tags, run.params) for run in children]
    yield "repeat", lacking(set[str]().union(*missing))
    done = [run for run in children if run.finished]
    # Leave out NaN, and infinity, which MLflow stores as 1.8e308.
    scored = [run for run in done if abs(run.metric(metric)) < 1e308]
    if not scored:
        yield "metric", f"of {len(children)} children, none has finished with a number"
        return
    yield "metric", names(run for run in done if metric not in run.metrics)
    value = choose(run.metrics[metric] for run in scored)
    tied = [run for run in scored if run.metrics[metric] == value]
    best = next((run for run in tied if run.run_id == kept.get("best_run_id")), tied[0])
    wanted = {f"best_{name}": text for name, text in tuned(best).items()}
    strings = compared(wanted | {"best_run_id": best.run_id}, kept, parent.metrics)
    numbers = compared({f"best_{metric}": value}, parent.metrics, kept)
    yield "best", ", ".join(sorted([*strings, *numbers]))
    others = [run for run in children if run.run_id in owners]
    yield "model", names(others) if best not in others else ""


def tuned(run: Run) -> dict[str, str]:
    """Return the parameters of a child without those that say how to repeat it.

    Args:
        run: the child.
    """
    return {name: value for name, value in run.params.items() if name not in NEEDED}


def require_database(server: str) -> None:
    """Refuse the address of an SQLite database that is not there: MLflow would create it.

    Args:
        server: a URL, or `sqlite:///` and a path.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = server.removeprefix("sqlite:///")
    if path != server and not Path(path).exists():
        raise FileNotFoundError(f"There is no database {path}. Correct the path after sqlite:///.")


def main() -> int:
    """Check the family that the command line names, print the report and return the exit code."""
    parser = argparse.ArgumentParser("python -m exercises.family", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run_id", help="the parent's run ID")
    parser.add_argument("--metric", default="metric1", help="the metric to compare by")
    parser.add_argument("--direction", choices=["minimize", "maximize"], default="minimize")
    parser.add_argument("--server", help="the server's URL; the course's server by default")
    options = parser.parse_args()
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # CI need not wait for minutes
    server = options.server or tracking_uri()
    try:
        require_database(server)
        mlflow.set_tracking_uri(server)
        report = check_family(options.run_id, options.metric, options.direction)
    except Exception as error:
        print(f"The family cannot be checked: {error}", file=sys.stderr)
        return 2
    print(report)
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
