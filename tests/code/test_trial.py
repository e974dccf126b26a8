"""helpers.trial: the simulated trial follows its table, or a script."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from statistics import mean

import pytest

from exercises.engine.scripted import scripted
from helpers import simulate_trial
from helpers.trial import MEANS


def test_the_trial_follows_its_table() -> None:
    """Each parameter alone speaks against a and against e; a with e is the best of the nine."""
    random.seed(0)
    pairs = [pair for pair in MEANS if pair[0] in "abc"]
    drawn = {pair: mean(simulate_trial(*pair)[0] for _ in range(2000)) for pair in pairs}
    assert all(abs(drawn[pair] - MEANS[pair]) < 0.02 for pair in pairs)
    by_param1 = {p: mean(drawn[p, q] for q in "def") for p in "abc"}
    by_param2 = {q: mean(drawn[p, q] for p in "abc") for q in "def"}
    assert max(by_param1, key=by_param1.__getitem__) == "a"
    assert max(by_param2, key=by_param2.__getitem__) == "e"
    assert min(drawn, key=drawn.__getitem__) == ("a", "e")


def test_a_script_is_followed_in_any_thread_until_its_block_ends_however_it_ends() -> None:
    random.seed(3)
    drawn = simulate_trial("a", "d")
    random.seed(3)
    with scripted([(0.1, 1.0), (0.2, 2.0), (0.3, 3.0)]), ThreadPoolExecutor(1) as pool:
        first = simulate_trial("a", "d")
        with scripted([(4.0, 4.0)] * 2):
            assert simulate_trial("a", "d") == (4.0, 4.0)
        with pytest.raises(ArithmeticError), scripted([(5.0, 5.0)]):
            raise ArithmeticError
        others = list(pool.map(simulate_trial, "bc", "ef"))
        assert [first, *others] == [(0.1, 1.0), (0.2, 2.0), (0.3, 3.0)]
        assert simulate_trial("a", "d") == drawn  # a script takes no random numbers
