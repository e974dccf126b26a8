"""Caught by accepts_arguments: a value of type `str`

The name instead of the function.
"""

log_and_find = "log_and_find"
