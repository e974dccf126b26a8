"""A list instead of the function."""

adopt = []
