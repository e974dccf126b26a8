"""Compute the points of a submission: all or none, or some for each requirement that is met."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from classroom.grading import Grade, NotUsable

ALL = 10.0  # the default, equal to `Report.points`


@dataclass(frozen=True)
class PointScheme:
    """Points for each requirement of some exercises; for all other exercises, all or none.

    >>> some = PointScheme({"05_challenge": {"one": 2, "two": 3}})
    >>> some.of("05_challenge", Grade(met=["two"])), some.highest("05_challenge")
    (3, 5)
    >>> some.of("04_spaces", Grade(verdict="passed")), some.of("04_spaces", Grade())
    (10.0, 0.0)
    """

    by_exercise: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, exercise: str, grade: Grade) -> float:
        """Return the points of a submission.

        Args:
            exercise: the lesson's name.
            grade: the verdict, and the requirements that are met.
        """
        if exercise not in self.by_exercise:
            return ALL if grade.verdict == "passed" else 0.0
        return sum(self.by_exercise[exercise].get(key, 0) for key in grade.met)

    def highest(self, exercise: str) -> float:
        """Return the maximum number of points.

        Args:
            exercise: the lesson's name.
        """
        return sum(self.by_exercise[exercise].values()) if exercise in self.by_exercise else ALL


def read_points(file: str) -> PointScheme:
    """Read points from a TOML file: a table for each exercise, a number for each requirement.

    Args:
        file: the TOML file.

    Raises:
        NotUsable: the file cannot be read, has other contents, or names an exercise or requirement
            that does not exist.
    """
    try:
        tables = tomllib.loads(Path(file).read_text(encoding="utf-8"))
        points = {name: {key: float(table[key]) for key in table} for name, table in tables.items()}
    except (OSError, TypeError, ValueError) as error:
        raise NotUsable(
            f"The points in {file} cannot be read: {error}. It needs a table for each exercise, "
            "and in it numbers: best_metric = 4"
        ) from error
    requirements = _requirements()
    for exercise, keys in points.items():
        _must_be_one("exercise", exercise, requirements)
        for key in keys:
            _must_be_one("requirement", key, requirements[exercise])
    return PointScheme(points)


def _requirements() -> dict[str, list[str]]:
    """Return the keys of each lesson's requirements."""
    from exercises.catalogue import EXERCISES  # loads MLflow, which the grading process does not

    keys: dict[str, list[str]] = {}
    for exercise in EXERCISES.values():
        keys.setdefault(Path(exercise.notebook).stem, []).extend(exercise.words.requirement)
    return keys


def _must_be_one(kind: str, name: str, choices: Collection[str]) -> None:
    if name not in choices:
        raise NotUsable(
            f"--points names the {kind} {name!r}, which does not exist. Choose from: "
            f"{', '.join(choices)}"
        )
