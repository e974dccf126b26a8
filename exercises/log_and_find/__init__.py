"""The exercise of lesson 01: log runs under one name, and find the best of these."""

from collections.abc import Sequence
from typing import Any

from exercises.engine import Finding, Findings, Requirements, Run, code, load, names
from exercises.engine.wrong_values import Candidate, among, recognize


class LogAndFind(Requirements):
    """What the exercise requires of a call."""

    def logs_a_run_for_each(self) -> Findings:
        """Require a new run for each trial, all with the given name."""
        runs, (name, trials) = self.new_runs, self.args
        others = [run for run in runs if run.run_name != name]
        gone = [run for run in self.all_new_runs if run.deleted]
        if others or len(runs) != len(trials):
            expected = f"{len(trials)} new run{'s' * (len(trials) != 1)} with the name {code(name)}"
            actual, cause = f"{len(runs)}: {names(runs)}", ""
            if gone:
                actual, cause = f"{actual}; the call deleted {len(gone)} more", "deleted_again"
            elif others and len(runs) == len(trials):
                cause = "another_name"
            yield Finding(expected, actual, (others or runs)[0], cause)

    def logs_both_values(self) -> Findings:
        """Require the two values of one trial on each run, as they were given."""
        left = [tuple(trial) for trial in self.args[1]]
        for run in self.new_runs:
            pair = (run.params.get("param1"), run.metrics.get("metric1"))
            if pair not in left:
                yield from self._misfit(run, pair, left)
                actual = f"{run.value_of('params', 'param1')}, {run.value_of('metrics', 'metric1')}"
                yield Finding(f"on each run one of the pairs {code(left)}", actual, run)
            left.remove(pair)

    def _misfit(self, run: Run, pair: Sequence[Any], left: Sequence[Sequence[Any]]) -> Findings:
        """Compare a run with the one trial that has the same value in one place."""
        for place, kind, name in ((1, "metrics", "metric1"), (0, "params", "param1")):
            nearest = [trial for trial in left if trial[1 - place] == pair[1 - place]]
            given = [trial[place] for trial in self.args[1]]
            others = [
                Candidate("given_twice", f"the `{name}` of another trial", value) for value in given
            ]
            if len(nearest) == 1:
                yield from self.has(run, kind, name, nearest[0][place], candidates=others)

    def returns_the_best(self) -> Findings:
        """Require the run ID of the run with the lowest metric1 of this call."""
        lowest = min(metric1 for _, metric1 in self.args[1])
        expected = f"the run ID of the run with `metric1` = {code(lowest)}, the lowest of this call"
        run = self.after.runs.get(str(self.value))
        if run is None:
            is_name = self.value == self.args[0]
            cause = "name_for_id" if is_name else self.outcome.no_return or "no_run_id"
            actual = f"{self.outcome.description}, which isn't a run ID"
            actual += "; it is that `metric1` itself" * (self.value == lowest)
            if self.outcome.no_return:
                actual = self.outcome.description
            yield Finding(expected, actual, cause=cause)
            return
        actual = run.value_of("metrics", "metric1")
        if run not in self.new_runs:
            yield self._older(expected, run, actual)
        if run.metrics["metric1"] != lowest:
            fact = recognize(run.metrics["metric1"], lowest, self._others())
            yield Finding(expected, f"that of another run: {actual}", run, fact=fact)

    def _older(self, expected: str, run: Run, actual: str) -> Finding:
        """Say that a run was there before the call."""
        if run.run_id not in self.prepared_ids:
            actual, cause = f"that of a run of an earlier call: {actual}", "earlier_call"
        else:
            actual, cause = f"that of an older run: {actual}", "another_call"
        same = "; it has the same name as the new runs" * (run.run_name == self.args[0])
        return Finding(expected, f"{actual}{same}", run, cause)

    def _others(self) -> list[Candidate]:
        """Return which of this call's runs may have been taken in place of the best one."""
        values = [(f"trial {n}", value) for n, (_, value) in enumerate(self.args[1], start=1)]
        by_text = min((value for _, value in values), key=str)
        as_text = "the lowest of these values if you compare them as strings"
        return [Candidate("as_text", as_text, by_text), *among(values)]


exercise, check, hint, solution = load(__file__, LogAndFind)
