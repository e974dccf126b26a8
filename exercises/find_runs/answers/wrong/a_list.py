"""The result instead of the function."""

find_runs = []
