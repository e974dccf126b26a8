"""Draw what held up a class, for the instructor's page."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from helpers.plots import picture

_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 sans-serif }}
body {{ max-width: 60em; margin: 2em auto; padding: 0 1em }}
img {{ max-width: 100%; background: white }}
</style>
<h1>{title}</h1>
<p>{summary}</p>
{parts}
</html>
"""


def page(title: str, summary: str, parts: Iterable[str]) -> str:
    """Return a whole page.

    Args:
        title: what it is about.
        summary: the first sentence.
        parts: HTML.
    """
    # Half of a surrogate pair, which a student's text may contain, is no UTF-8.
    summary = html.escape(summary.encode(errors="replace").decode())
    return _HTML.format(title=html.escape(title), summary=summary, parts="\n".join(parts))


def bars(title: str, names: Iterable[str]) -> str:
    """Count equal names; return the ten most frequent ones as a bar chart, in HTML.

    Args:
        title: what is counted.
        names: any strings.
    """
    heading = f"<h2>{html.escape(title)}</h2>"
    counts = Counter(name.encode(errors="replace").decode() for name in names).most_common(10)
    if not counts:
        return f"{heading}<p>None.</p>"
    lines = [f"{name}: {number}" for name, number in counts]
    # A dollar sign would begin a formula.
    series = pd.Series({name.replace("$", r"\$")[:80]: number for name, number in reversed(counts)})
    return (
        heading + picture(series.plot.barh, title, lines, (8, 1 + 0.4 * len(counts)))._repr_html_()
    )
