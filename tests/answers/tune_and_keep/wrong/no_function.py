"""Caught by accepts_arguments: Found: a value of type `str`

A call instead of the function.
"""

tune_and_keep = "tune_and_keep"
