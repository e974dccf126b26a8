"""Check an answer: call the function, read what it logged, compare, report.

`exercise` goes through these steps for each call of `definition`: `calling` (which gives an
`outcome`), `backend` (a `snapshot`), `requirements` (of a `record`), `report`.
"""

from exercises.engine.exercise import Exercise, load
from exercises.engine.families import FamilyRequirements
from exercises.engine.record import Finding, Findings
from exercises.engine.requirements import Requirements
from exercises.engine.snapshot import Run, code, names

__all__ = [
    "Exercise",
    "FamilyRequirements",
    "Finding",
    "Findings",
    "Requirements",
    "Run",
    "code",
    "load",
    "names",
]
