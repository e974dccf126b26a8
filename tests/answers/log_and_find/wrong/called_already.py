"""Caught by accepts_arguments: takes the function itself

What the function returned instead of the function.
"""

log_and_find = 32 * "0"
