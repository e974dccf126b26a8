"""The challenge of lesson 05: check a student's function, give hints, show the solution.

`checker` decides, on what `scratch` observes of each `tuning`, by `requirements`; `report` and
`hints` are what the student reads. `grading` does it for a class, each `submission` in a process of
its own.
"""

from helpers.challenge.checker import check, hint, hints_used, solution
from helpers.challenge.report import Report

__all__ = ["Report", "check", "hint", "hints_used", "solution"]
