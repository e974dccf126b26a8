"""What checks an answer: calls the function in a messy experiment, records, compares, reports."""

from exercises.engine.exercise import Exercise, load
from exercises.engine.recording import Finding, Findings
from exercises.engine.run import Run, code, names
from exercises.engine.shared import Requirements

__all__ = ["Exercise", "Finding", "Findings", "Requirements", "Run", "code", "load", "names"]
