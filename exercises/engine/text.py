"""Say values in Markdown, whatever characters they have."""


def code(value: object) -> str:
    r"""Return a value as Markdown code, the first 300 characters of it.

    Args:
        value: anything.

    >>> print(code("a`b"), code("half a character: \ud800"))
    `` a`b `` `half a character: ?`
    """
    whole = str(value).encode(errors="replace").decode()  # or no notebook can show it
    text = " ".join(whole.split()) or " "
    text = text if len(text) <= 300 else text[:299] + "…"
    return f"`` {text} ``" if "`" in text else f"`{text}`"
