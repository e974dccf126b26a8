"""Check an answer: call the function, read what it logged, compare, report.

`exercise` goes through these steps for each call of `exercise_files`: `calling` (which gives a
`call_outcome`), `check_store` (a `snapshot`), `requirements` (of a `recorded_call`), `report`.
"""

from exercises.engine.exercise import Exercise, load
from exercises.engine.family_requirements import FamilyRequirements
from exercises.engine.recorded_call import Finding, Findings
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
