"""Turn the check's reports on the exercises of a lesson into one grade."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from classroom.grading import Grade
from exercises.engine.report import Report


@dataclass(frozen=True)
class Checked:
    """An exercise that was checked."""

    name: str  # the function's
    optional: bool
    report: Report | None = None
    problem: str = ""  # why there is no report; only an optional exercise may have none


def reach_verdict(checked: Sequence[Checked], error: str = "") -> Grade:
    """Return one grade for all exercises of a lesson.

    Only required exercises count. A requirement is met if every required exercise that has it meets
    it. If only optional exercises have it, these must all meet it.

    Args:
        checked: the exercises.
        error: the first error of a cell.
    """
    required = {
        exercise.name: exercise.report
        for exercise in checked
        if exercise.report and not exercise.optional
    }
    optional = [exercise.report for exercise in checked if exercise.report and exercise.optional]
    states = {report.state for report in required.values()}
    requirements = _requirements(optional) | _requirements([*required.values()])
    return Grade(
        verdict=next((state for state in ("wrong", "unsolved") if state in states), "passed"),
        first_unmet_requirement=_first_unmet(required),
        error=error,
        report="\n\n".join(_section(exercise, alone=len(checked) == 1) for exercise in checked),
        met=sorted(key for key, is_met in requirements.items() if is_met),
    )


def _requirements(reports: Sequence[Report]) -> dict[str, bool]:
    """Return for each requirement whether it is met in every report that has it."""
    requirements: dict[str, bool] = {}
    for report in reports:
        for result in report.results:
            is_met = result.met is True and report.state != "unsolved"
            requirements[result.key] = is_met and requirements.get(result.key, True)
    return requirements


def _first_unmet(required: dict[str, Report]) -> str:
    """Return the title of the first requirement that is not met, with the name of its exercise."""
    for name, report in required.items():
        if not report.passed:
            title = report.first_unmet.title if report.first_unmet else ""
            if len(required) == 1:
                return title
            return f"`{name}`: {title or 'no part of the task is done yet'}"
    return ""


def _section(checked: Checked, *, alone: bool) -> str:
    """Return what the student's page says about an exercise, in Markdown."""
    text = _for_the_student(checked.report) if checked.report else checked.problem
    heading = f"**`{checked.name}`**" + (", which is optional" if checked.optional else "")
    return text if alone else f"{heading}\n\n{text}"


def _for_the_student(report: Report) -> str:
    """Return the report in Markdown, without hints and without links to runs, which are gone."""
    results = [
        replace(result, finding=result.finding and replace(result.finding, run=None))
        for result in report.results
    ]
    text = str(replace(report, results=tuple(results))._repr_markdown_())
    return re.sub(r" *`hint\(\)` has a hint[^.]*\.", "", text)
