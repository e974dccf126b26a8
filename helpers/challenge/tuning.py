"""One call of a student's function: with which arguments, and what it left on the server."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mlflow.entities import Run

from helpers.tree import PARENT_TAG

_Kind = inspect.Parameter
# The parameters that execute_tuning must accept, and their values where none are given.
DEFAULTS: dict[str, Any] = {
    "test_no": 0,
    "param1_choices": ("a", "b", "c"),
    "param2_choices": ("d", "e", "f"),
    "test_identifier": "",
    "num_child_runs": 5,
}


def code(value: object) -> str:
    """Return a value as Markdown code, whatever characters it has, the first 300 of them.

    >>> print(code("a`b"))
    `` a`b ``
    """
    text = " ".join(str(value).split()) or " "
    text = text if len(text) <= 300 else text[:299] + "…"
    return f"`` {text} ``" if "`" in text else f"`{text}`"


@dataclass(eq=False)
class Tuning:
    """One call of the student's function: what it is given, and what it left behind."""

    given: dict[str, Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Run] = field(default_factory=dict)  # every run of the experiment, by its id
    run_ids: list[str] = field(default_factory=list)  # the runs that this call made
    left_open: set[str] = field(default_factory=set)  # those still active when it was over
    refused: str = ""  # why it cannot be called like that
    error: str = ""  # what it raised, and where
    unfinished: bool = False  # it raised NotImplementedError
    strayed: str = ""  # where it logged instead

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"execute_tuning({', '.join([repr(value) for value in self.args] + named)})"

    def wanted(self, parameter: str) -> Any:
        """Return the value of a parameter, given or not."""
        return {**DEFAULTS, **self.given}[parameter]

    @property
    def ident(self) -> str:
        """The test identifier that the runs should carry."""
        return self.wanted("test_identifier") or "default"

    @property
    def runs(self) -> list[Run]:
        """The runs that this call made, oldest first."""
        return [self.known[run_id] for run_id in self.run_ids if run_id in self.known]

    @property
    def parents(self) -> list[Run]:
        """Those of them that have no parent."""
        return [run for run in self.runs if PARENT_TAG not in run.data.tags]

    @property
    def children(self) -> list[Run]:
        """The direct children of the parent run, whichever call made them."""
        parent_id = self.parents[0].info.run_id
        return [run for run in self.known.values() if run.data.tags.get(PARENT_TAG) == parent_id]

    @property
    def best(self) -> list[Run]:
        """The children with the least metric1: several if they tie, none if there is no number."""
        values = [run.data.metrics.get("metric1", np.nan) for run in self.children]
        least = min((value for value in values if not np.isnan(value)), default=None)
        return [run for run, value in zip(self.children, values, strict=True) if value == least]


def prepare(function: Callable[..., object], given: dict[str, Any]) -> Tuning:
    """Return a tuning that is ready to be observed, or refused if the function cannot take it.

    By position, as the lessons call it; `num_child_runs` by name where it has to be, and all of
    them where nothing can be given by position.

    Args:
        function: the student's.
        given: the arguments by name, in the order of DEFAULTS.
    """
    values, count = tuple(given.values()), dict(list(given.items())[4:])
    try:
        parameters = inspect.signature(function).parameters
    except Exception:  # a built-in or an odd object, which does not tell
        return Tuning(given, values)
    ways: list[tuple[tuple[Any, ...], dict[str, Any]]] = [(values, {}), (values[:4], count)]
    kinds = {parameter.kind for parameter in parameters.values()}
    if not kinds & {_Kind.POSITIONAL_ONLY, _Kind.POSITIONAL_OR_KEYWORD, _Kind.VAR_POSITIONAL}:
        ways = [((), given)]
    misfits = [_misfit(function, given, *way) for way in ways]
    takes_any = kinds & {_Kind.VAR_POSITIONAL, _Kind.VAR_KEYWORD}
    if count and not takes_any and "num_child_runs" not in parameters:
        misfits = ["`num_child_runs` is not among them"]
    if "" in misfits:
        way = ways[misfits.index("")]
        return Tuning(given, *copy.deepcopy(way))  # a function may change the lists it is given
    return Tuning(given, values, refused=f"the parameters `{', '.join(parameters)}`: {misfits[0]}")


def _misfit(function: Callable[..., object], given: dict[str, Any], args: Any, kwargs: Any) -> str:
    """Say why a function cannot be called like that; empty if it can."""
    signature = inspect.signature(function)
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        return str(error)
    own = [name for name in given if name in signature.parameters]
    return "" if all(bound.get(name) is given[name] for name in own) else "in another order"
