"""The exercise of lesson 03: find the child runs of one search among many."""

from collections.abc import Sequence
from math import isnan

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from exercises.engine.wrong_values import Candidate, recognize
from helpers.read_runs import PARENT_TAG


def alike(value: str | None, wanted: str) -> bool:
    """Tell whether two strings differ in little: capitals, signs, spaces, or the end."""
    short, long = sorted(
        ("".join(filter(str.isalnum, text.casefold())) for text in (value or "", wanted)), key=len
    )
    return value is not None and long.startswith(short)


class FindRuns(Requirements):
    """What the exercise requires of a call."""

    def misfits(self, run: Run) -> dict[str, str]:
        """Say which conditions a run does not meet, by the name of the mistake."""
        test_identifier, param1, limit = self.args
        tag, param = run.tags.get("test_identifier"), run.params.get("param1")
        metric1 = run.metric("metric1")
        value = f"its `metric1` is {run.metrics.get('metric1', 'missing')}"
        conditions = {
            "elsewhere": ("it is in another experiment", self._is_here(run)),
            "deleted": ("it is deleted", not run.deleted),
            "identifier": (
                f"its `test_identifier` is {code(repr(tag))}",
                tag == test_identifier,
            ),
            "parents": ("it has no parent", PARENT_TAG in run.tags),
            "param1": (f"its `param1` is {code(repr(param))}", param == param1),
            "no_value": (value, not isnan(metric1)),
            "at_the_limit": (f"{value}, exactly the limit", metric1 != limit),
            "limit": (f"{value}, above the limit", not metric1 > limit),
        }
        return {name: why for name, (why, met) in conditions.items() if not met}

    def _is_here(self, run: Run) -> bool:
        return run.experiment_id == self.store.experiments[0]

    def returns_run_ids(self) -> Findings:
        """Require a list, each of its items the ID of a run."""
        wanted = "a list of run IDs of this experiment, as strings"
        if self.outcome.returned != "list" or self.value is None:
            kinds = {"DataFrame": "table", "Series": "column"}
            cause = self.outcome.no_return or kinds.get(self.outcome.returned, "")
            yield Finding(wanted, self.outcome.description, cause=cause)
        named = {run.run_name for run in self.older_runs}
        for item in self.value:
            if str(item) not in self.before.runs:  # it may have no hash
                what = ", the name of a run" if str(item) in named else ""
                yield Finding(wanted, f"{code(repr(item))} among them{what}")

    def misses_none(self) -> Findings:
        """Require that every run that is described came back."""
        right = [run for run in self.older_runs if not self.misfits(run)]
        missing = [run for run in right if run.run_id not in self.value]
        if missing:
            expected = f"the child runs that meet all conditions, {len(right)} in number"
            cause, why = self._why_missing(missing)
            actual = f"{'an empty list, ' * (not self.value)}without {names(missing)}{why}"
            earlier = [
                Candidate("earlier_call", f"what call {number} returned", record.value)
                for number, record in enumerate(self.earlier, start=1)
                if self.value
            ]
            fact = recognize(self.value, [run.run_id for run in right], earlier)
            yield Finding(expected, actual, missing[0], cause, fact)

    def _why_missing(self, missing: Sequence[Run]) -> tuple[str, str]:
        """Name what the missing runs have in common, and what came back instead of them."""
        came = [self.before.runs[run_id] for run_id in self.value]
        if self.value == [self.store.id_by_label["braces"]]:
            return "no_f", "; it has only `trial_braces`"
        if not came:
            return "nothing_found", ""
        if len(came) == 100:
            return "one_page", "; it has exactly 100 runs"
        other = self._clearest(came)
        if other:
            cause, why = self._mistake(other)
            hits = [run for run in came if not self.misfits(run)]
            where = f"; instead, it has {names([other])}: {why}"
            return ("reversed" if cause == "limit" and not hits else ""), where
        statuses = {run.status for run in missing}
        if not statuses & {run.status for run in came}:
            return (
                "by_status",
                f"; the status of what is missing is {code(', '.join(sorted(statuses)))}",
            )
        return "", ""

    def _clearest(self, runs: Sequence[Run]) -> Run | None:
        """Return the run that shows best which condition is missing, if one does not belong."""
        came = {run.run_id for run in runs}
        oldest_first = [run for run_id, run in self.before.runs.items() if run_id in came]
        others = [run for run in oldest_first if self.misfits(run)]
        return min(others, key=self._unclear, default=None)

    def _unclear(self, run: Run) -> tuple[bool, int, bool, bool]:
        """Return what makes a run less clear an example of a mistake than others."""
        misfits = self.misfits(run)
        first = next(iter(misfits))
        a_parent = {"parents", "param1"} <= misfits.keys()
        vague = first == "at_the_limit" or run.params.get("param1") is None
        return not a_parent, len(misfits), first in self._nearly(run), vague

    def _nearly(self, run: Run) -> list[str]:
        """Return which values of a run are nearly the right ones."""
        test_identifier, param1, _ = self.args
        tag, param = run.tags.get("test_identifier"), run.params.get("param1")
        near = {"identifier": alike(tag, test_identifier), "param1": alike(param, param1)}
        return [name for name, is_near in near.items() if is_near]

    def _mistake(self, run: Run) -> tuple[str, str]:
        """Name the mistake that a run shows, and say it."""
        misfits = self.misfits(run)
        first = next(iter(misfits))
        return ("alike" if first in self._nearly(run) else first), " and ".join(misfits.values())

    def finds_no_other(self) -> Findings:
        """Require that no other run came back, and no run twice."""
        expected = "no other run, and each one once"
        came = [self.before.runs[run_id] for run_id in self.value]
        run = self._clearest(came)
        if run:
            others = [other for other in came if self.misfits(other)]
            number = f"; it is one of {len(others)} such runs" * (len(others) > 1)
            cause, why = self._mistake(run)
            before = {run_id for record in self.earlier for run_id in record.value}
            if before.issuperset(other.run_id for other in others):
                cause, why = "earlier_call", f"{why}; an earlier call found it"
            yield Finding(expected, f"{names([run])} as well: {why}{number}", run, cause)
        for run in came:
            if self.value.count(run.run_id) > 1:
                yield Finding(expected, f"{names([run])} as well: it is there twice", run, "twice")


exercise, check, hint, solution = load(__file__, FindRuns)
