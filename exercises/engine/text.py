"""Say runs and values in Markdown, whatever characters they have."""

from collections.abc import Iterable

from mlflow.entities import Run

WORDS = {"metrics": "metric", "params": "parameter", "tags": "tag"}


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


def names(runs: Iterable[Run]) -> str:
    """Return the names of runs as Markdown code, the first three of them.

    Args:
        runs: the runs.
    """
    quoted = [code(run.info.run_name) for run in runs]
    return ", ".join(quoted[:3]) + (f" and {len(quoted) - 3} more" if len(quoted) > 3 else "")


def value_of(run: Run, kind: str, name: str) -> str:
    """Say what a run has under a name, or as what else, or what it has instead; and which run.

    Args:
        run: the run.
        kind: `metrics`, `params` or `tags`.
        name: the metric's, parameter's or tag's.
    """
    where = f" on {code(run.info.run_name)}"
    for other in (kind, *WORDS):
        found = getattr(run.data, other).get(name)
        if found is not None:
            as_what = "" if other == kind else f" as a {WORDS[other]}"
            return f"`{name}` = {code(found)}{as_what}{where}"
    others = [key for key in getattr(run.data, kind) if not key.startswith("mlflow.")]
    instead = f" (only {code(', '.join(others))})" if others else ""
    return f"no {WORDS[kind]} `{name}`{instead}{where}"
