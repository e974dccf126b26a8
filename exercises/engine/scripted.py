"""Say what the simulated trials return: the check of an exercise knows so what must come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from unittest.mock import patch

from helpers import trial


@contextmanager
def scripted(values: Sequence[tuple[float, float]], lowest: str = "in_its_place") -> Iterator[None]:
    """Let `simulate_trial` return these metrics, one pair a call, in whatever thread it is called.

    Once they are used up it draws as ever.

    Args:
        values: pairs of metric1 and metric2.
        lowest: which trial gets the pair with the lowest metric1: the one at its place in the list
            ("in_its_place"), the first one after the first whose parameters are new ("when_new"),
            or the first one whose parameters were there before ("when_seen_again"); the last one if
            there is none such.

    >>> with scripted([(0.5, 1.0), (0.25, 2.0)]):
    ...     trial.simulate_trial("a", "d"), trial.simulate_trial("b", "e")
    ((0.5, 1.0), (0.25, 2.0))
    >>> with scripted([(0.25, 1.0), (0.5, 2.0), (0.75, 3.0)], "when_seen_again"):
    ...     [trial.simulate_trial(param, "d")[0] for param in "abb"]
    [0.5, 0.75, 0.25]
    """
    original, lock = trial.draw, Lock()
    best = min(values, default=(0.0, 0.0))
    place = list(values).index(best) if values else -1
    others = [pair for n, pair in enumerate(values) if n != place]
    seen: list[tuple[object, object]] = []
    given = False

    def draw(param1: object, param2: object) -> tuple[float, float]:
        nonlocal given
        with lock:
            number, again = len(seen), (param1, param2) in seen
            seen.append((param1, param2))
            if number >= len(values):
                return original(param1, param2)
            now = {
                "in_its_place": number == place,
                "when_new": number > 0 and not again,
                "when_seen_again": again,
            }[lowest]
            if not given and (now or not others):
                given = True
                return best
            return others.pop(0)

    with patch.object(trial, "draw", draw):
        yield
