"""Describe in Markdown what a run lacks, or has with another value."""

from collections.abc import Iterable, Iterator, Mapping

from exercises.engine import code


def compared(
    wanted: Mapping[str, object], kept: Mapping[str, object], elsewhere: Mapping[str, object]
) -> Iterator[str]:
    """Yield in Markdown what is missing or different.

    Args:
        wanted: what must be there.
        kept: what is there.
        elsewhere: what is there as another kind, as a tag in place of a metric.

    >>> [*compared({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5}, {"c": "3"})]
    ['`b` = `5`, and not `2`', 'no `c = 3` (only `3`, as another kind)']
    """
    for name, value in wanted.items():
        if name in kept and kept[name] != value:
            yield f"{code(name)} = {code(kept[name])}, and not {code(value)}"
        if name not in kept:
            other = f" (only {code(elsewhere[name])}, as another kind)" if name in elsewhere else ""
            yield f"no {code(f'{name} = {value}')}{other}"


def lacking(names: Iterable[str]) -> str:
    """Say in Markdown that these are not there.

    >>> lacking(["seed", "data"])
    'no `data`, no `seed`'
    """
    return ", ".join(f"no {code(name)}" for name in sorted(names))
