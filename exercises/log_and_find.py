"""The exercise of lesson 01: log runs under one name, and find the best of these."""

from exercises.engine import Exercise, Finding, Record, came_back, code, names, value_of

exercise = Exercise.load(__file__)


@exercise.requirement
def logs_a_run_for_each(record: Record) -> Finding | None:
    """Tell whether the call logged as many runs as there are trials, all with its name."""
    runs, (name, trials) = record.new, record.call.args
    others = [run for run in runs if run.info.run_name != name]
    if len(runs) == len(trials) and not others:
        return None
    expected = f"{len(trials)} new run{'s' * (len(trials) != 1)} with the name {code(name)}"
    return Finding(expected, f"{len(runs)}: {names(runs)}", (others or runs)[0])


@exercise.requirement
def logs_both_values(record: Record) -> Finding | None:
    """Tell whether each run has the two values of one trial, as they were given."""
    left = [tuple(trial) for trial in record.call.args[1]]
    for run in record.new:
        pair = (run.data.params.get("param1"), run.data.metrics.get("metric1"))
        if pair not in left:
            found = f"{value_of(run, 'params', 'param1')}, {value_of(run, 'metrics', 'metric1')}"
            return Finding(f"on each run one of the pairs {code(left)}", found, run)
        left.remove(pair)
    return None


@exercise.requirement
def returns_the_best(record: Record) -> Finding | None:
    """Tell whether the call returned the lowest of its own runs."""
    lowest, value = min(metric1 for _, metric1 in record.call.args[1]), record.value
    expected = f"the run id of the run with `metric1` = {code(lowest)}, the lowest of this call"
    if value not in list(record.after.runs):
        found = f"{came_back(record.outcome)}, which is no run id"
        return Finding(expected, found, cause="no_run_id")
    run = record.after[value]
    found = value_of(run, "metrics", "metric1")
    if value not in [new.info.run_id for new in record.new]:
        found = f"that of an older run: {found}"
        return Finding(expected, found, run, "another_call")
    if run.data.metrics["metric1"] == lowest:
        return None
    return Finding(expected, f"that of another run: {found}", run)


check, hint, solution = exercise.check, exercise.hint, exercise.solution
