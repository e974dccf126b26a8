"""What the store holds at one moment, and how the checks speak of a run in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from math import nan
from typing import Any

from mlflow import entities
from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion

from helpers.read_runs import PARENT_TAG

KINDS = {"metrics": "metric", "params": "parameter", "tags": "tag"}  # of values that a run has
_ATTRIBUTES = ("lifecycle_stage", "run_name", "status", "start_time", "end_time")


@dataclass(frozen=True)
class Run:
    """A run, with MLflow's names for what it has."""

    run_id: str
    run_name: str
    experiment_id: str
    status: str
    lifecycle_stage: str
    start_time: int
    end_time: Any  # None while it is open
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @classmethod
    def of(cls, run: entities.Run) -> Run:
        """Convert a run that MLflow has returned."""
        known = dict(run.info) | dict(run.data)
        return cls(**{field.name: known[field.name] for field in fields(cls)})

    @property
    def title(self) -> str:
        """Its name in Markdown."""
        return code(self.run_name)

    @property
    def parent_id(self) -> str:
        """The run ID of its parent; empty if it has none."""
        return self.tags.get(PARENT_TAG, "")

    @property
    def deleted(self) -> bool:
        """Whether it is deleted."""
        return self.lifecycle_stage == "deleted"

    @property
    def finished(self) -> bool:
        """Whether its status is FINISHED."""
        return self.status == "FINISHED"

    def metric(self, name: str) -> float:
        """Return a metric; NaN if it is missing."""
        return self.metrics.get(name, nan)

    def value_of(self, kind: str, name: str) -> str:
        """Describe in Markdown the run's value of this name, of this kind or another one.

        Args:
            kind: `metrics`, `params` or `tags`.
            name: the metric's, parameter's or tag's.
        """
        for other in (kind, *KINDS):
            value = getattr(self, other).get(name)
            if value is not None:
                as_kind = "" if other == kind else f" as a {KINDS[other]}"
                infinite = isinstance(value, float) and abs(value) > 1e308
                note = " (MLflow stores infinity like this)" if infinite else ""
                return f"`{name}` = {code(value)}{note}{as_kind} on {self.title}"
        others = [
            key
            for key in getattr(self, kind)
            if not key.startswith("mlflow.") or key.casefold() == name.casefold()
        ]
        instead = f" (only {code(', '.join(others))})" if others else ""
        return f"no {KINDS[kind]} `{name}`{instead} on {self.title}"


@dataclass(frozen=True)
class Snapshot:
    """What the store holds at one moment."""

    runs: Mapping[str, Run]  # of both experiments, by run ID, oldest first; deleted ones as well
    surroundings: Mapping[str, object]  # what else must stay, by its description in Markdown
    models: Mapping[str, LoggedModel] = field(default_factory=dict)  # by model ID
    versions: Mapping[str, ModelVersion] = field(default_factory=dict)  # by name and number

    def children(self, parent_id: str) -> list[Run]:
        """Return the direct children of a run, oldest first, without deleted ones."""
        return [run for run in self.runs.values() if run.parent_id == parent_id and not run.deleted]

    def finished_children(self, parent_id: str) -> list[Run]:
        """Return the direct children of a run that have ended as FINISHED, oldest first."""
        return [run for run in self.children(parent_id) if run.finished]

    @cached_property
    def state(self) -> dict[tuple[str, str], object]:
        """All that a call could change, by run ID (empty for the surroundings) and by its name."""
        state = {("", what): value for what, value in self.surroundings.items()}
        for run_id, run in self.runs.items():
            state |= {(run_id, name): getattr(run, name) for name in _ATTRIBUTES}
            for kind in KINDS:
                values = getattr(run, kind).items()
                state |= {(run_id, f"{kind}.{name}"): value for name, value in values}
        return state


def names(runs: Iterable[Run]) -> str:
    """Return the names of runs in Markdown, the first three of them."""
    titles = [run.title for run in runs]
    return ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if titles[3:] else "")


def code(value: object) -> str:
    r"""Return the first 300 characters of a value as Markdown code.

    A string that is empty, or that begins or ends with a space, is shown in quotes.

    >>> print(code("a`b"), code("half a character: \ud800"))
    `` a`b `` `half a character: ?`
    >>> print(code(""), code("A "))
    `''` `'A '`
    """
    whole = str(value).encode(errors="replace").decode()  # or no notebook can show it
    text = " ".join(whole.split()) if whole and whole == whole.strip() else repr(whole)
    text = text if len(text) <= 300 else text[:299] + "…"
    return f"`` {text} ``" if "`" in text else f"`{text}`"
