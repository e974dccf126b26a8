"""A further parameter, before `num_child_runs`, and annotations."""

from collections.abc import Sequence

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no: int,
    param1_choices: Sequence[str] = ABC,
    param2_choices: Sequence[str] = DEF,
    test_identifier: str = "",
    greater_is_better: bool = False,
    num_child_runs: int = 5,
) -> dict[str, float]:
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        best = max(results) if greater_is_better else min(results)
        log_best(*best)
    return {"best_metric1": best[0]}
