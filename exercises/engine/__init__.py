"""Check an answer: call the function, read what it logged, compare, report.

`exercise` goes through these steps for each call that `exercise_files` has read: `calling` gives a
`call_outcome`, `check_store` a `snapshot`, and both are in a `recorded_call`. `report` asks each of
its `requirements` (or `family_requirements`, for calls that log a parent with children) whether it
is met, and shows the verdict. `wrong_values` recognizes what a wrong value is. In a notebook, all
of that happens in a `scratch` experiment; in `make grade`, in a file.
"""

from exercises.engine.exercise import Exercise, load
from exercises.engine.family_requirements import FamilyRequirements
from exercises.engine.recorded_call import Finding, Findings
from exercises.engine.requirements import AdditionRequirements, Requirements
from exercises.engine.snapshot import Run, code, names

__all__ = [
    "AdditionRequirements",
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
