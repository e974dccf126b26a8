"""Draw what held up a class, for the instructor's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from helpers.markup import to_html

_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 sans-serif }}
body {{ max-width: 60em; margin: 2em auto; padding: 0 1em }}
ul {{ list-style: none; padding: 0 }}
li {{ display: grid; grid-template-columns: 12em 2em 1fr; gap: .5em; align-items: center }}
meter {{ width: 100% }}
b {{ text-align: right }}
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
    return _HTML.format(title=to_html(title), summary=to_html(summary), parts="\n".join(parts))


def bars(title: str, names: Iterable[str], heading: str = "h2") -> str:
    """Count equal names; return the ten most frequent ones as a bar chart, in HTML.

    Args:
        title: what is counted.
        names: any strings. What is between backticks is code.
        heading: the element of the title.
    """
    counts = Counter(names).most_common(10)
    most = max((number for _, number in counts), default=0)
    rows = [
        f'<li><meter max="{most}" value="{number}" aria-hidden="true"></meter>'
        f" <b>{number}</b> <span>{to_html(name)}</span></li>"
        for name, number in counts
    ]
    drawn = f"<ul>{''.join(rows)}</ul>" if rows else "<p>None.</p>"
    return f"<{heading}>{to_html(title)}</{heading}>{drawn}"
