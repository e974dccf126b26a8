"""Say what the simulated trials return: the check of an exercise knows so what must come out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from helpers.trial import SCRIPT


@contextmanager
def scripted(values: Iterable[tuple[float, float]]) -> Iterator[None]:
    """Let `simulate_trial` return these metrics, one pair a call, in whatever thread it is called.

    Once they are used up it draws as ever.

    Args:
        values: pairs of metric1 and metric2.

    >>> from helpers.trial import simulate_trial
    >>> with scripted([(0.5, 1.0), (0.25, 2.0)]):
    ...     simulate_trial("a", "d"), simulate_trial("b", "e")
    ((0.5, 1.0), (0.25, 2.0))
    """
    before = list(SCRIPT)
    _replace(values)
    try:
        yield
    finally:
        _replace(before)


def _replace(values: Iterable[tuple[float, float]]) -> None:
    SCRIPT.clear()
    SCRIPT.extend(values)
