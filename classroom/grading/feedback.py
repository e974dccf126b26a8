"""Write a student's page: an HTML file with the verdict and the check's report, to hand back.

Each student has a folder. `platforms` chooses its name, so that Moodle recognizes it.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

import mistune

from classroom.grading import Grade, printable

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em }}
blockquote {{ border-left: 4px solid #D55E00; margin-left: 1em; padding-left: 1em }}
code {{ background: #f2f2f2; padding: 0 .2em; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
{report}
</html>
"""
_VERDICTS = {
    "passed": "Solved: every requirement is met.",
    "wrong": "Not right yet.",
    "unsolved": "Not begun: no part of the task is done yet.",
    "broken": "Your function could not be checked.",
}
_FRAME = re.compile(r"^<div [^>]*>\n|\n</div>$")  # around a report in Markdown
# What students write is shown as it is, never as HTML.
_to_html = mistune.create_markdown(escape=True)


def write(folder: Path, grade: Grade, highest: float) -> None:
    """Write a student's page.

    Args:
        folder: the folder for all pages.
        grade: the student's grade; its report is empty if the check was not reached.
        highest: how many points there are.
    """
    facts = {
        "File": grade.file,
        "Verdict": _VERDICTS[grade.verdict],
        "Points": f"{grade.points:g} of {highest:g}",
        "What happened" if grade.verdict == "broken" else "Not met": grade.first_unmet_requirement,
        "The first error of a cell": grade.error,
    }
    lines = [f"**{name}:** {text}" for name, text in facts.items() if text]
    title = html.escape(printable(f"{grade.student}: {grade.exercise or 'a notebook'}"))
    markdown = "\n\n".join([*lines, _FRAME.sub("", grade.report.strip())])
    try:
        report = _to_html(markdown)
    except Exception:  # such as Markdown that is nested too deeply: show it unformatted
        report = f"<pre>{html.escape(markdown)}</pre>"
    file = folder / grade.page
    file.parent.mkdir(parents=True, exist_ok=True)
    text = _PAGE.format(title=title, report=report)
    file.write_text(text, encoding="utf-8", errors="backslashreplace")
