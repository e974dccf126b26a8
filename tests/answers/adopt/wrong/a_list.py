"""Caught by accepts_arguments: a value of type `list`

A list instead of the function.
"""

adopt = []
