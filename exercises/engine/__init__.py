"""What checks an answer: calls the function in a messy experiment, records, compares, reports."""

from exercises.engine.exercise import Exercise
from exercises.engine.judging import Finding
from exercises.engine.recording import Record, came_back
from exercises.engine.shared import each_is_logged, has, has_children, one_parent
from exercises.engine.text import code, names, value_of

__all__ = ["Exercise", "Finding", "Record", "came_back", "code", "each_is_logged", "has",
           "has_children", "names", "one_parent", "value_of"]  # fmt: skip
