"""The exercise of lesson 06: make a parent run readable for somebody who has never seen it."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from exercises.engine import AdditionRequirements, Finding, Findings, Run, code, load

NOTE, TABLE, FIGURE = "mlflow.note.content", "children.json", "metric1.png"


class DescribeSweep(AdditionRequirements):
    """What the exercise requires of a call."""

    @property
    def children(self) -> list[Run]:
        """The direct children of the parent, oldest first."""
        return self.before.children(self.args[0])

    @property
    def artifacts(self) -> dict[str, Any]:
        """What `read_artifacts.read` returned after the call; empty if it could not."""
        return self.outcome.observed or {}

    def may_change(self) -> Collection[tuple[str, str]]:
        """Return the description, and the tag in which MLflow lists tables."""
        tags = (NOTE, "mlflow.loggedArtifacts")
        return {(self.args[0], f"tags.{tag}") for tag in tags}

    def names_the_best_child(self) -> Findings:
        """Require the name of the best finished child in the description, and no other child's."""
        scored = [
            run for run in self.before.finished_children(self.args[0]) if "metric1" in run.metrics
        ]
        lowest = min(run.metrics["metric1"] for run in scored)
        [best] = [run for run in scored if run.metrics["metric1"] == lowest]
        note = self.parent.tags.get(NOTE)
        named = [run for run in self.children if run.run_name in (note or "")]
        if named != [best]:
            expected = f"a description with the name {best.title}, and no other child's"
            actual = code(note) if note else "no description"
            unfit = [run for run in named if run not in scored]
            if unfit:
                status = f"is {unfit[0].status}" if not unfit[0].finished else "has no `metric1`"
                actual += f"; {unfit[0].title} {status}"
            cause = "not_a_candidate" if unfit else "" if note else "no_note"
            yield Finding(expected, actual, self.parent, cause)

    def logs_the_table(self) -> Findings:
        """Require one row for each child in the table, with its run ID and its metric1."""
        expected = f"the file `{TABLE}`, with one row for each of the {len(self.children)} children"
        table = self.artifacts.get("table")
        if table is None:
            yield Finding(expected, self._files(), self.parent, "no_table")
            return
        rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
        run_ids = Counter(row.get("run_id") for row in rows)
        if run_ids != Counter(run.run_id for run in self.children):
            actual = f"{len(rows)} rows with the columns {code(', '.join(table['columns']))}"
            yield Finding(expected, actual, self.parent, "other_rows")
        values = {row.get("run_id"): row.get("metric1") for row in rows}
        for run in self.children:
            value = run.metrics.get("metric1")
            if value is not None and values.get(run.run_id) != value:
                wanted = f"{code(value)} in the column `metric1` of {run.title}"
                yield Finding(wanted, code(values.get(run.run_id)), self.parent)

    def logs_the_figure(self) -> Findings:
        """Require a PNG image in which something is drawn."""
        colors = self.artifacts.get("colors")
        if colors is None:
            yield Finding(f"the figure `{FIGURE}`", self._files(), self.parent, "no_figure")
        elif colors < 2:
            yield Finding("a figure in which something is drawn", "one color everywhere")

    def _files(self) -> str:
        files = self.artifacts.get("files")
        names = code(", ".join(files) if files else "none")
        return self.outcome.observe_error or f"the files {names}"


exercise, check, hint, solution = load(__file__, DescribeSweep)
