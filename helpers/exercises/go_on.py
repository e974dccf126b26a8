"""The exercise of lesson 07: a study made again from the children on the server, and continued."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence

import optuna
from mlflow.entities import Run
from optuna.distributions import FloatDistribution
from optuna.samplers import RandomSampler, TPESampler
from optuna.trial import create_trial

from helpers.exercises import any_call
from helpers.exercises.calling import Call
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Calls, Seen
from helpers.exercises.prepared import Child, family
from helpers.exercises.requirement import Finding, code, names, requirement

SPACE = {
    "C": FloatDistribution(1e-2, 1e4, log=True),
    "gamma": FloatDistribution(1e-5, 10, log=True),
}
# What becomes of the children that a call finds, oldest first: a result, or a word for those that
# must not be learned from. They have a result all the same, and a better one. All are low, so that
# a new trial is soon among the best, and a study that is not told of it goes another way.
FAMILIES: tuple[tuple[int | str, ...], ...] = (
    (9, 13, "FAILED", 3, 15, 2, 10, "KILLED", 12, "NaN", 17, 8, 16, 11, 14, 18, 6),
    (2, 9, 14, "RUNNING", 3, 16, 17, 15, 4, 12, "FAILED", 1, 19, 13),
)
ASKED = ((3, 11), (2, 12))  # num_trials and seed of each call


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
        """The children that were found and count: FINISHED, with a finite result."""
        old = [run for run in self.family if run not in self.new]
        done = [run for run in old if run.info.status == "FINISHED"]
        return [run for run in done if math.isfinite(run.data.metrics["right"])]

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
        return Finding(f"{wanted} new child runs under the parent", text)
    for run in new:
        whole = set(SPACE) <= set(run.data.params) and "right" in run.data.metrics
        if not whole or run.info.status != "FINISHED":
            has = ", ".join([*run.data.params, *run.data.metrics]) or "nothing"
            text = f"{code(run.info.run_name)} is {run.info.status} and has {code(has)}"
            return Finding("each FINISHED, with `C`, `gamma` and `right`", text, run)
    return None


@requirement("new_children_under_the_parent")
def the_study_knows_what_was_found(resumed: Resumed) -> Finding | None:
    """the first new trial is the one that a study which knows the old ones asks for

    what is added to the study before it is asked: which children, in which order, with which values

    A new study with this seed would begin at random. What makes it go on?

    Each child that counts becomes a trial: `study.add_trial(create_trial(params=…,
    distributions=SPACE, value=…))`. Parameters come back from the server as text: `float(…)`.

    Only children that are FINISHED and have a finite `right` count; `children(parent_id)` has them
    oldest first. The direction is "maximize", the sampler `TPESampler(seed=seed)`.
    """
    return _differs(resumed, 1)


@requirement("the_study_knows_what_was_found")
def the_study_learns_of_new_trials(resumed: Resumed) -> Finding | None:
    """each further trial is the one that the same study asks for when it was told the result

    `study.tell` after each new trial

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
        if any(not _same(trial.params[name], run.data.params[name]) for name in SPACE):
            expected = ", ".join(f"{name} = {value:.4g}" for name, value in trial.params.items())
            found = ", ".join(f"{name} = {run.data.params[name]:.8}" for name in SPACE)
            return Finding(
                f"a trial with {code(expected)}", f"{code(found)} on {code(run.info.run_name)}", run
            )
        study.tell(trial, run.data.metrics["right"])
    return None


def _same(asked: float, logged: str) -> bool:
    try:
        return math.isclose(asked, float(logged), rel_tol=1e-6)
    except ValueError:
        return False


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
    right = fate if isinstance(fate, int) or fate == "NaN" else 299
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
