"""helpers.trial: the simulated trial follows its table, which misleads as lesson 04 needs it."""

from __future__ import annotations

import random
from itertools import product
from statistics import fmean

from helpers import simulate_trial
from helpers.trial import MEANS


def test_the_trial_follows_its_table() -> None:
    random.seed(0)
    for pair, wanted in MEANS.items():
        drawn = fmean(simulate_trial(*pair)[0] for _ in range(1000))
        assert abs(drawn - wanted) < 0.02


def test_each_parameter_alone_speaks_against_the_best_combination() -> None:
    assert min(product("abc", "def"), key=MEANS.__getitem__) == ("a", "e")
    assert max("abc", key=lambda one: sum(MEANS[one, other] for other in "def")) == "a"
    assert max("def", key=lambda other: sum(MEANS[one, other] for one in "abc")) == "e"
