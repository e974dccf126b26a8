"""The exercise of lesson 01: log runs under one name, and find the best of these."""

from exercises.engine import Finding, Findings, Requirements, code, load, names


class LogAndFind(Requirements):
    """What the exercise requires of a call."""

    def changes_nothing_else(self) -> Findings:
        """Tell whether all that was there before is as it was, and so are the arguments."""
        yield from self.changes()
        yield from self.keeps_arguments()

    def logs_a_run_for_each(self) -> Findings:
        """Tell whether the call logged as many runs as there are trials, all with its name."""
        runs, (name, trials) = self.new, self.args
        others = [run for run in runs if run.run_name != name]
        if others or len(runs) != len(trials):
            expected = f"{len(trials)} new run{'s' * (len(trials) != 1)} with the name {code(name)}"
            yield Finding(expected, f"{len(runs)}: {names(runs)}", (others or runs)[0])

    def logs_both_values(self) -> Findings:
        """Tell whether each run has the two values of one trial, as they were given."""
        left = [tuple(trial) for trial in self.args[1]]
        for run in self.new:
            pair = (run.params.get("param1"), run.metrics.get("metric1"))
            if pair not in left:
                found = f"{run.value_of('params', 'param1')}, {run.value_of('metrics', 'metric1')}"
                yield Finding(f"on each run one of the pairs {code(left)}", found, run)
            left.remove(pair)

    def returns_the_best(self) -> Findings:
        """Tell whether the call returned the lowest of its own runs."""
        lowest = min(metric1 for _, metric1 in self.args[1])
        expected = f"the run id of the run with `metric1` = {code(lowest)}, the lowest of this call"
        run = self.after.runs.get(str(self.value))
        if run is None:
            yield Finding(expected, f"{self.came_back}, which is no run id", cause="no_run_id")
            return
        found = run.value_of("metrics", "metric1")
        if run not in self.new:
            yield Finding(expected, f"that of an older run: {found}", run, "another_call")
        if run.metrics["metric1"] != lowest:
            yield Finding(expected, f"that of another run: {found}", run)


exercise, check, hint, solution = load(__file__, LogAndFind)
