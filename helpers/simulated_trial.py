"""Simulate a trial, in place of training a model."""

import random

# Mean of metric1 for each combination: lower is better. Taken one at a time, "a" and "e" look bad;
# together, they are the best of the nine. Among x y z × u v w, param1 changes metric1 more than
# param2 does. The values are chosen so that 25 runs show this: lesson 04 holds for 4 seeds in 5.
MEANS = {
    ("a", "d"): 0.90, ("a", "e"): 0.08, ("a", "f"): 0.90,
    ("b", "d"): 0.22, ("b", "e"): 0.90, ("b", "f"): 0.18,
    ("c", "d"): 0.20, ("c", "e"): 0.90, ("c", "f"): 0.24,
    ("x", "u"): 0.25, ("x", "v"): 0.31, ("x", "w"): 0.37,
    ("y", "u"): 0.45, ("y", "v"): 0.51, ("y", "w"): 0.57,
    ("z", "u"): 0.65, ("z", "v"): 0.71, ("z", "w"): 0.77,
}  # fmt: skip
CONCENTRATION = 40  # of the beta distribution around each mean: its spread is 0.04 to 0.08


def simulate_trial(param1: object, param2: object) -> tuple[float, float]:
    """Draw the two metrics of one trial, as if a model had been trained with these parameters.

    metric1 follows a beta distribution around the mean of its combination (0.5 if MEANS has none),
    within 0 … 1, lower is better. metric2 is abs(gauss(5, 2.5)) whatever the parameters are.

    Args:
        param1: first parameter, such as "a".
        param2: second parameter, such as "d".

    >>> random.seed(1)
    >>> metric1, metric2 = simulate_trial("a", "e")
    >>> 0 <= metric1 <= 1 and metric2 >= 0
    True
    """
    return draw(param1, param2)


def draw(param1: object, param2: object) -> tuple[float, float]:
    """Draw the metrics of one trial from the distributions that `simulate_trial` names.

    Args:
        param1: first parameter.
        param2: second parameter.
    """
    mean = MEANS.get((str(param1), str(param2)), 0.5)
    metric1 = random.betavariate(mean * CONCENTRATION, (1 - mean) * CONCENTRATION)
    return metric1, abs(random.gauss(5, 2.5))
