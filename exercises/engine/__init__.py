"""What checks an answer: calls the function in a messy experiment, records, compares, reports."""

from exercises.engine.calling import Call, Described
from exercises.engine.exercise import Exercise, Step
from exercises.engine.judging import Finding
from exercises.engine.recording import Change, Record
from exercises.engine.shared import came_back
from exercises.engine.text import code, names, value_of
from exercises.engine.world import Logged, World

__all__ = ["Call", "Change", "Described", "Exercise", "Finding", "Logged", "Record", "Step",
           "World", "came_back", "code", "names", "value_of"]  # fmt: skip
