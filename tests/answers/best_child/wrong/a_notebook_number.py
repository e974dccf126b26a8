"""Caught by accepts_parameters: Found: a value of type `dict`

The results instead of the function.

Cause: no function.
"""

execute_tuning = {"best_metric1": 0.1}
