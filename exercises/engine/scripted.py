"""Say what the simulated trials return: the check of an exercise knows so what must come out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from helpers import trial


@contextmanager
def scripted(values: Iterable[tuple[float, float]]) -> Iterator[None]:
    """Let `simulate_trial` return these metrics, one pair a call, in whatever thread it is called.

    Once they are used up it draws as ever.

    Args:
        values: pairs of metric1 and metric2.

    >>> with scripted([(0.5, 1.0), (0.25, 2.0)]):
    ...     trial.simulate_trial("a", "d"), trial.simulate_trial("b", "e")
    ((0.5, 1.0), (0.25, 2.0))
    """
    original, left = trial.draw, iter(values)

    def draw(param1: object, param2: object) -> tuple[float, float]:
        return next(left, None) or original(param1, param2)

    with patch.object(trial, "draw", draw):
        yield
