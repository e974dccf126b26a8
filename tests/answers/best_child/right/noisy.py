"""Prints, shows, warns and logs a lot."""

import logging
import sys
import warnings

from IPython.display import Markdown, display
from tqdm import tqdm

from tests.answers.parts import ABC, DEF, log_best, log_children, start_parent


def execute_tuning(
    test_no, param1_choices=ABC, param2_choices=DEF, test_identifier="", num_child_runs=5
):
    print("NOISE" * 10_000)
    print("NOISE", file=sys.stderr)
    display(Markdown("NOISE"))
    warnings.warn("NOISE", UserWarning, stacklevel=1)
    logging.getLogger("student").error("NOISE")
    with start_parent(test_no, test_identifier):
        results = log_children(
            test_no, param1_choices, param2_choices, test_identifier, num_child_runs
        )
        log_best(*min(tqdm(results, desc="NOISE")))
