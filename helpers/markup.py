"""Turn a line of text into HTML."""

import html
import re


def to_html(text: str) -> str:
    """Escape a string, and show what is between backticks as code.

    Half of a surrogate pair, which a student's string may contain, is no UTF-8. It becomes `?`.

    >>> to_html("a `b` < c")
    'a <code>b</code> &lt; c'
    """
    escaped = html.escape(text.encode(errors="replace").decode())
    return re.sub("`([^`]+)`", r"<code>\1</code>", escaped)
