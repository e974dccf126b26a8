"""A student's page: the verdict and the check's own report, as an HTML file to hand back.

Pages lie in `feedback/`, in the folders in which the notebooks came, as Moodle wants them back.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

import mistune

from classroom.grading import plain
from classroom.grading.table import Grade

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
dt {{ font-weight: bold }}
</style>
<h1>{title}</h1>
<dl>
{facts}
</dl>
{report}
</html>
"""
_VERDICTS = {
    "passed": "Solved: every requirement is met.",
    "wrong": "Not right yet.",
    "unsolved": "Not begun: nothing of the task is there yet.",
    "broken": "Your function could not be checked.",
}
_to_html = mistune.create_markdown(escape=True)  # what students write is text, never HTML


def page(folder: Path, grade: Grade) -> Path:
    """Return where a student's page is.

    Args:
        folder: of all pages.
        grade: the student's line of the table.
    """
    return folder / Path(grade.file).with_suffix(".html")


def write(folder: Path, grade: Grade, report: str, highest: float) -> None:
    """Write a student's page.

    Args:
        folder: of all pages.
        grade: the student's line of the table.
        report: the check's, in Markdown; empty if it did not come that far.
        highest: how many points there are.
    """
    facts = {
        "File": plain(grade.file),
        "Verdict": _VERDICTS[grade.verdict],
        "Points": f"{grade.points:g} of {highest:g}",
        "What happened" if grade.verdict == "broken" else "Not met": grade.first_unmet_requirement,
        "The first error of a cell": grade.error,
    }
    lines = [f"<dt>{name}</dt><dd>{_inline(text)}</dd>" for name, text in facts.items() if text]
    title = html.escape(plain(f"{grade.student}: {grade.exercise or 'a notebook'}"))
    file = page(folder, grade)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = _PAGE.format(title=title, facts="\n".join(lines), report=report_as_html(report))
    file.write_text(text, encoding="utf-8")


def report_as_html(report: str) -> str:
    r"""Return a report as HTML.

    Args:
        report: in Markdown, in a frame.

    >>> print(report_as_html("<div style='x'>\n\n**b** <i>c</i>\n\n</div>"), end="")
    <p><strong>b</strong> &lt;i&gt;c&lt;/i&gt;</p>
    """
    return str(_to_html(re.sub(r"^<div [^>]*>\n|\n</div>$", "", report.strip())))


def _inline(text: str) -> str:
    return re.sub(r"^<p>|</p>\s*$", "", str(_to_html(text)))
