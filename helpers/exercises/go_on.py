"""The exercise of lesson 07: a study made again from the children on the server, and continued.

another number
how often the study is asked
Each turn of the loop asks for one trial and logs one child. How many turns does yours take?
`for _ in range(num_trials): log_trial(study)`, inside the parent's `with` block.

not whole
what each new child logs, under which names, and how it ends
The new children are under the parent. What does one of them hold, and under which names?
The parameters `C` and `gamma`, and the result as the metric `right`: `log_trial` does both.
A child is FAILED if an exception leaves its `with` block.

nothing known
what is added to the study before it is asked
A study of this seed that knows nothing asks for just this trial. What does yours have to know?
`children(parent_id)` has the old trials, oldest first. Make a trial of each row that counts.
`study.add_trial(create_trial(params=…, distributions=SPACE, value=…))`, before the first *ask*.

rounded
whether the child has the parameters with all their digits
These are almost the parameters that the study chose. What changes them?
`mlflow.log_params(trial.params)` logs them as they are.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence

import optuna
from mlflow.entities import Run
from optuna.distributions import FloatDistribution
from optuna.samplers import RandomSampler, TPESampler
from optuna.trial import Trial, create_trial

from helpers.exercises import any_call
from helpers.exercises.calling import Call
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Calls, Seen
from helpers.exercises.prepared import Child, family
from helpers.exercises.requirement import Cause, Finding, causes_in, code, names, requirement

CAUSES = causes_in(__doc__)
SPACE = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}
# What becomes of the children that a call finds, oldest first: a result, or a word for those that
# must not be learned from. They have a result all the same, and a better one. All are low, so that
# a new trial is soon among the best, and a study that is not told of it goes another way.
FAMILIES: tuple[tuple[int | str, ...], ...] = (
    (9, 13, "FAILED", 3, 15, 2, 10, "KILLED", 12, "NaN", 17, 8, "inf", 16, 11, 14, 18, 6),
    (2, 9, 14, "RUNNING", 3, 16, 17, 15, "-inf", 4, 12, "FAILED", 1, 19, "NaN", 13),
)
# num_trials and seed of each call. With these seeds, a study that knows one of the wrong children,
# or one too few of the right ones, asks for another trial already at the first time.
ASKED = ((3, 8), (2, 20))


class Resumed(Seen):
    """One call, with the children that it found under the parent."""

    def __str__(self) -> str:
        _, trials, seed = self.seen.call.args
        return f"{self.name}(parent_id, {trials}, seed={seed})"

    @property
    def family(self) -> list[Run]:
        """All children of the parent, oldest first."""
        return self.under(self.seen.call.args[0])

    @property
    def counting(self) -> list[Run]:
        """The children that were found and count: FINISHED, the result not NaN and not infinite."""
        old = [run for run in self.family if run not in self.new]
        done = [run for run in old if run.info.status == "FINISHED"]
        # MLflow stores infinity as the largest float, which is finite.
        return [run for run in done if abs(run.data.metrics["right"]) < 1e308]

    @property
    def new(self) -> list[Run]:
        """The children that this call has made, oldest first."""
        return [run for run in self.family if run in self.seen.runs]


@requirement("stays_where_it_is")
def new_children_under_the_parent(resumed: Resumed) -> Finding | None:
    """`num_trials` new children stand under the same parent, FINISHED, with both parameters

    which run is active when the new children start, and how often the study is asked

    The parent has ended long ago. What makes its run the active one again?

    `with mlflow.start_run(run_id=parent_id):` opens it, and in it children start as ever.

    `for _ in range(num_trials): log_trial(study)`, within that block.
    """
    wanted, new = resumed.seen.call.args[1], resumed.new
    if len(new) != wanted:
        own = {run.info.run_id for run in resumed.family} | {resumed.seen.call.args[0]}
        other = [run for run in resumed.seen.runs if run.info.run_id not in own]
        text = f"{len(new)} under it" + (f", and elsewhere {names(other)}" if other else "")
        cause = CAUSES["another number"] if new and not other else None
        return Finding(f"{wanted} new child runs under the parent", text, cause=cause)
    for run in new:
        whole = set(SPACE) <= set(run.data.params) and "right" in run.data.metrics
        if not whole or run.info.status != "FINISHED":
            has = ", ".join([*run.data.params, *run.data.metrics]) or "nothing"
            text = f"{code(run.info.run_name)} is {run.info.status} and has {code(has)}"
            expected = "each FINISHED, with `C`, `gamma` and `right`"
            return Finding(expected, text, run, CAUSES["not whole"])
    return None


@requirement("new_children_under_the_parent")
def the_study_knows_what_was_found(resumed: Resumed) -> Finding | None:
    """the first new trial is the one that a study which knows the old ones asks for

    the study before it is asked: the sampler, its seed, the direction; and which children are
    added, in which order, with which values

    How was your study made, and what is in it before the first *ask*? `study.trials` tells.

    Each child that counts becomes a trial: `study.add_trial(create_trial(params=…,
    distributions=SPACE, value=…))`. Parameters come back from the server as text: `float(…)`.

    Only children that are FINISHED count, oldest first, and only if their `right` is not NaN and
    not infinite: `abs(right) < 1e308`. MLflow stores infinity as the largest number there is.

    The direction is "maximize", the sampler `TPESampler(seed=seed)`.
    """
    return _differs(resumed, 1)


@requirement("the_study_knows_what_was_found")
def the_study_learns_of_new_trials(resumed: Resumed) -> Finding | None:
    """each further trial is the one that the same study asks for when it was told the result

    `study.tell` after each new trial, and the result that it is told

    A study that is not told learns nothing. When is it told?

    *Ask* for one trial, run it, *tell* its result, and only then ask for the next one.

    All new trials come from one study: make it once, before the loop.
    """
    return _differs(resumed, len(resumed.new))


def _differs(resumed: Resumed, count: int) -> Finding | None:
    """Compare new children with what a study asks for that knows what was there before them."""
    _, _, seed = resumed.seen.call.args
    study = optuna.create_study(direction="maximize", sampler=TPESampler(seed=seed))
    for run in resumed.counting:
        params, right = {name: float(run.data.params[name]) for name in SPACE}, run.data.metrics
        study.add_trial(
            create_trial(params=params, distributions=dict(SPACE), value=right["right"])
        )
    for run in resumed.new[:count]:
        trial = study.ask(dict(SPACE))
        if not _same(trial.params, run):
            expected = ", ".join(f"{name} = {value:.4g}" for name, value in trial.params.items())
            found = ", ".join(f"{name} = {run.data.params[name]:.8}" for name in SPACE)
            found = f"{code(found)} on {code(run.info.run_name)}"
            return Finding(f"a trial with {code(expected)}", found, run, _cause(trial, run, seed))
        study.tell(trial, run.data.metrics["right"])
    return None


def _cause(trial: Trial, run: Run, seed: int) -> Cause | None:
    first = optuna.create_study(sampler=TPESampler(seed=seed)).ask(dict(SPACE))
    if _same(first.params, run):
        return CAUSES["nothing known"]
    close = _same(trial.params, run, 0.01)
    for digits in range(16):
        rounded = {name: round(value, digits) for name, value in trial.params.items()}
        close = close or _same(rounded, run)
    return CAUSES["rounded"] if close else None


def _same(asked: Mapping[str, float], run: Run, tolerance: float = 1e-6) -> bool:
    try:
        logged = {name: float(run.data.params[name]) for name in SPACE}
    except ValueError:
        return False
    return all(math.isclose(asked[name], logged[name], rel_tol=tolerance) for name in SPACE)


def nothing_yet(resumed: Sequence[Resumed]) -> bool:
    """Nothing of the task is there yet.

    Change the function in the starter cell, run that cell, then run this one again. If you do not
    know how to begin, run the cell with `hint()`.

    `children(parent_id)` is a table of all that the study has to know. Which rows count?

    `optuna.trial.create_trial(params=…, distributions=SPACE, value=…)` makes a trial of a row, and
    `study.add_trial` adds it.

    Then open the parent again, `with mlflow.start_run(run_id=parent_id):`, and let `log_trial` do
    the rest.
    """
    if any_call.untouched(resumed):
        return True
    more = any(one.seen.runs or one.seen.outcome.error for one in resumed)
    moved = any(not one.seen.strayed.startswith("no run") for one in resumed if one.seen.strayed)
    return not (more or moved)


def _child(number: int, fate: int | str, params: Mapping[str, float]) -> Child:
    status = fate if fate in ("FAILED", "KILLED", "RUNNING") else "FINISHED"
    right = fate if isinstance(fate, int) or fate in ("NaN", "inf", "-inf") else 299
    return Child(f"trial_{number}", params, {"right": right}, {}, 1000 * number + 1, str(status))


def asks(calls: Calls) -> Generator[Call]:
    """Prepare a family for each call, then say with what to call the function."""
    for fates, asked in zip(FAMILIES, ASKED, strict=True):
        study = optuna.create_study(sampler=RandomSampler(seed=len(fates)))
        children = [_child(n, fate, study.ask(dict(SPACE)).params) for n, fate in enumerate(fates)]
        yield family(calls.place.experiment_id, "parent_run_before", children)
        yield Call((calls.made[-1].outcome.value, *asked))


REQUIREMENTS = (
    any_call.accepts_arguments,
    any_call.runs_to_its_end,
    any_call.stays_where_it_is,
    new_children_under_the_parent,
    the_study_knows_what_was_found,
    the_study_learns_of_new_trials,
)
EXERCISE = Exercise(
    "go_on", "07_let_a_sampler_choose.ipynb", REQUIREMENTS, nothing_yet, asks, Resumed
)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
