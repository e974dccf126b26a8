"""What a function has to do in an exercise whatever it is for: take its arguments, end, stay."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

from helpers.exercises.calling import Described
from helpers.exercises.observing import Observed
from helpers.exercises.requirement import Finding, code, requirement


@dataclass(frozen=True)
class Seen:
    """One call of a student's function, as the server has it."""

    seen: Observed
    name: str  # of the function
    described: Described = field(default=Described("function"), compare=False)

    def __str__(self) -> str:
        shown = [repr(value) for value in self.seen.call.args]
        return f"{self.name}({', '.join(shown)})"


def takes(described: Described, count: int) -> bool:
    """Tell whether a function can be called with so many arguments.

    Args:
        described: the function.
        count: how many.
    """
    signature = described.signature()
    try:
        bound = signature and signature.bind(*range(count))
    except TypeError:
        return False
    return bound is None or isinstance(bound, inspect.BoundArguments)


def untouched(described: Described, seen: list[Any]) -> bool:
    """Tell whether nothing can have happened: an empty body, or what is marked as to be written.

    Args:
        described: the function.
        seen: its calls.
    """
    return described.empty or any(one.seen.outcome.unfinished for one in seen)


@requirement()
def accepts_arguments(one: Seen) -> Finding | None:
    """it is a function that accepts the arguments of the task

    the line that begins with `def`

    The task names the arguments, in their order. Leave those of the starter as they are.

    Further parameters need a default. And `check` takes the function itself, without parentheses.
    """
    if takes(one.described, len(one.seen.call.args)):
        return None
    parameters = ", ".join(name for name, *_ in one.described.parameters or ())
    return Finding(f"a function for {code(one)}", f"one for {code(f'{one.name}({parameters})')}")


@requirement("accepts_arguments")
def runs_to_its_end(one: Seen) -> Finding | None:
    """it runs to its end without an error

    that line; called in a cell of its own, with the same arguments, it shows the traceback

    Read the sentence and the line of yours that the check shows. Then call the function in a cell
    of its own.

    Would it do with other arguments than this page's, in another experiment, and twice?
    """
    outcome = one.seen.outcome
    if not outcome.error:
        return None
    where = f", raised in {code(outcome.where)}" if outcome.where else ""
    return Finding("the call returns", code(outcome.error) + where)


@requirement("runs_to_its_end")
def stays_where_it_is(one: Seen) -> Finding | None:
    """it logs to the experiment that is active when it is called

    `set_experiment`, `set_tracking_uri`, `connect` and `experiment_id=…` inside your function

    Who says where runs go: the function, or whoever calls it?

    `connect(…)` at the top of the page has said it. Inside the function, nothing about a server or
    an experiment is needed.
    """
    strayed = one.seen.strayed
    return Finding("runs in the experiment that was active before", strayed) if strayed else None
