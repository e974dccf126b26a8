"""The exercises of the lessons: `from exercises.adopt import check, hint, solution`."""
