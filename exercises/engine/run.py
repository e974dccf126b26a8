"""A run as the checks look at it, and how they speak of it and of values in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from math import nan
from typing import Any

from mlflow import entities

from helpers.tree import PARENT_TAG

WORDS = {"metrics": "metric", "params": "parameter", "tags": "tag"}


def code(value: object) -> str:
    r"""Return a value as Markdown code, the first 300 characters of it.

    Spaces at its ends, or nothing at all, would not be seen: such a string stands in quotes.

    Args:
        value: anything.

    >>> print(code("a`b"), code("half a character: \ud800"))
    `` a`b `` `half a character: ?`
    >>> print(code(""), code("A "))
    `''` `'A '`
    """
    whole = str(value).encode(errors="replace").decode()  # or no notebook can show it
    text = " ".join(whole.split()) if whole and whole == whole.strip() else repr(whole)
    text = text if len(text) <= 300 else text[:299] + "…"
    return f"`` {text} ``" if "`" in text else f"`{text}`"


@dataclass(frozen=True)
class Run:
    """What MLflow says of a run, under MLflow's names."""

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
        """Take what is looked at from a run that MLflow has returned."""
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
        """Whether it has ended well."""
        return self.status == "FINISHED"

    def metric(self, name: str) -> float:
        """Return a metric; NaN if it is missing.

        Args:
            name: the metric's.
        """
        return self.metrics.get(name, nan)

    def value_of(self, kind: str, name: str) -> str:
        """Say what it has under a name, or as what else, or what it has instead; and which run.

        Args:
            kind: `metrics`, `params` or `tags`.
            name: the metric's, parameter's or tag's.
        """
        for other in (kind, *WORDS):
            found = getattr(self, other).get(name)
            if found is not None:
                as_what = "" if other == kind else f" as a {WORDS[other]}"
                return f"`{name}` = {code(found)}{as_what} on {self.title}"
        others = [
            key
            for key in getattr(self, kind)
            if not key.startswith("mlflow.") or key.casefold() == name.casefold()
        ]
        instead = f" (only {code(', '.join(others))})" if others else ""
        return f"no {WORDS[kind]} `{name}`{instead} on {self.title}"


def names(runs: Iterable[Run]) -> str:
    """Return the names of runs as Markdown code, the first three of them.

    Args:
        runs: the runs.
    """
    titles = [run.title for run in runs]
    return ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if titles[3:] else "")
