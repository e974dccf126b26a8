"""Caught by accepts_arguments: Found: a value of type `list`

The result instead of the function.
"""

find_runs = []
