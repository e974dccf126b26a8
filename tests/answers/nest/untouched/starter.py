"""The starter of the notebook."""


def nest(name, values):
    """Log a parent run with this name, and a child under it for each value."""
    # 1. Open the parent.

    # 2. For each value, open a child and log the value.
