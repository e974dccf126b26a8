"""What lesson 03 wrote before its exercise."""


def equals(key, value):
    """Return a filter for the runs that have this value under this key."""
    return f'{key} = "{value}"' if "'" in value else f"{key} = '{value}'"
