"""The exercise of lesson 07: a study made again from the children on the server, and continued."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import optuna
from optuna.samplers import TPESampler
from optuna.trial import create_trial

from helpers.exercises.any_call import (
    accepts_arguments,
    runs_to_its_end,
    stays_where_it_is,
    untouched,
)
from helpers.exercises.calling import Call, Callee
from helpers.exercises.exercise import Exercise
from helpers.exercises.observing import Observed, Place, observe
from helpers.exercises.report import Report
from helpers.exercises.requirement import Finding, Requirement, code, judged, names, requirement
from helpers.exercises.resumed import ASKED, FAMILIES, SPACE, Resumed, prepare


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
        own = {run.info.run_id for run in resumed.family} | {resumed.parent}
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
            return Finding(code(expected), f"{code(found)} on {code(run.info.run_name)}", run)
        study.tell(trial, run.data.metrics["right"])
    return None


def _same(asked: float, logged: str) -> bool:
    try:
        return math.isclose(asked, float(logged), rel_tol=1e-6)
    except ValueError:
        return False


REQUIREMENTS: tuple[Requirement[Any], ...] = (
    accepts_arguments,
    runs_to_its_end,
    stays_where_it_is,
    new_children_under_the_parent,
    the_study_knows_what_was_found,
    the_study_learns_of_new_trials,
)


@requirement()
def begun(resumed: Sequence[Resumed]) -> Finding | None:
    """Nothing of the task is there yet.

    Change the function in the starter cell, run that cell, then run this one again. If you do not
    know where to begin, `hint()` does.

    `children(parent_id)` is a table of all that the study has to know. Which rows count?

    `optuna.trial.create_trial(params=…, distributions=SPACE, value=…)` makes a trial of a row, and
    `study.add_trial` adds it.

    Then open the parent again, `with mlflow.start_run(run_id=parent_id):`, and let `log_trial` do
    the rest.
    """
    nothing = Finding("a function that does one of the tasks", "the starter")
    if untouched(resumed[0].described, list(resumed)):
        return nothing
    more = any(one.seen.runs or one.seen.outcome.error for one in resumed)
    moved = any(not one.seen.strayed.startswith("no run") for one in resumed if one.seen.strayed)
    return None if more or moved else nothing


def examine(callee: Callee, place: Place) -> Report:
    """Prepare a family for each call, call the function, and judge what it added.

    Args:
        callee: the student's function.
        place: where it is to log, and what it logged is read from.
    """

    def next_call(observed: Sequence[Observed]) -> Call | None:
        number = len(observed) // 2
        if observed and (observed[-1].outcome.error or number == len(ASKED)):
            return None
        if len(observed) % 2 == 0:
            return Call(
                (place.experiment_id, FAMILIES[number]), instead=f"{prepare.__module__}:prepare"
            )
        return Call((observed[-1].outcome.value[0], *ASKED[number]))

    observed = observe(callee, place, next_call)
    described = callee.describe()
    resumed = [
        Resumed(seen, EXERCISE.name, described, frozenset(before.outcome.value))
        for before, seen in zip(observed[::2], observed[1::2], strict=True)
    ]
    begin = f"{begun.title} {begun.look}" if begun.unmet(resumed) else ""
    return Report(judged(REQUIREMENTS, resumed), begin)


EXERCISE = Exercise("go_on", "07_let_a_sampler_choose.ipynb", REQUIREMENTS, begun.hints, examine)
check, hint, solution = EXERCISE.check, EXERCISE.hint, EXERCISE.solution
