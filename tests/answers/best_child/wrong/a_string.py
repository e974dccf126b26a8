"""Caught by accepts_parameters: Found: a value of type `str`

The name instead of the function.

Cause: no function.
"""

execute_tuning = "execute_tuning"
