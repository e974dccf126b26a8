"""No draw at all: goes through the combinations in order."""

from itertools import cycle, islice, product

from helpers import simulate_trial
from tests.answers.parts import ABC, DEF, ident, log_best, log_values, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    results = []
    with start_parent(test_no, test_identifier):
        grid = islice(cycle(product(param1_choices, param2_choices)), num_child_runs)
        for i, params in enumerate(grid):
            metric1, _ = simulate_trial(*params)
            values = dict(zip(("param1", "param2"), params, strict=True))
            log_values(f"{i}", values, {"metric1": metric1}, ident(test_identifier))
            results.append((metric1, *params))
        log_best(*min(results))
