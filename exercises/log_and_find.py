"""The exercise of lesson 01: log a run, and find the best run of its name."""

from exercises.engine import Exercise, Finding, Record, came_back, code, has, names, value_of

exercise = Exercise.load(__file__)


@exercise.requirement
def logs_one_run(record: Record) -> Finding | None:
    """Tell whether the call logged one run, with its name."""
    runs, name = record.new, record.call.args[0]
    if [run.info.run_name for run in runs] == [name]:
        return None
    found = f"{len(runs)} runs: {names(runs)}" if len(runs) > 1 else names(runs)
    return Finding(f"one new run with the name {code(name)}", found, runs[0])


@exercise.requirement
def logs_both_values(record: Record) -> Finding | None:
    """Tell whether the run has both values as they were given."""
    (run,), (_, param1, metric1) = record.new, record.call.args
    return has(run, "params", "param1", param1) or has(run, "metrics", "metric1", metric1)


@exercise.requirement
def returns_the_best(record: Record) -> Finding | None:
    """Tell whether the call returned the lowest of what is known to have this name by now."""
    name, value = record.call.args[0], record.value
    runs = [run for run in (*record.there, *record.new) if run.info.run_name == name]
    known = {run.info.run_id: run.data.metrics["metric1"] for run in runs}
    lowest = min(known.values())
    expected = f"the run id of {code(name)} with `metric1` = {code(lowest)}"
    expected += f", the lowest of {len(known)} of that name"
    if value not in list(record.after.runs):
        found = f"{came_back(record.outcome)}, which is no run id"
        return Finding(expected, found, cause="no_run_id")
    if known.get(value) == lowest:
        return None
    run = record.after[value]
    found = f"that of another run: {value_of(run, 'metrics', 'metric1')}"
    if run.info.experiment_id != record.backend.experiments[0]:
        return Finding(expected, f"{found}, in another experiment", run, "another_experiment")
    return Finding(expected, found, run, "another_name" * (run.info.run_name != name))


check, hint, solution = exercise.check, exercise.hint, exercise.solution
