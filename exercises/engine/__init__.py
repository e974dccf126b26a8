"""Check an answer: call the function, read what it logged, compare, report.

`exercise` goes through these steps for each call that `exercise_files` has read: `calling` gives a
`call_outcome`, `check_store` a `snapshot`, and both are in a `recorded_call`. `requirements` and
`family_requirements` judge it, with `wrong_values`, and `report` shows the verdict. All of that
happens in a `scratch` experiment.
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
