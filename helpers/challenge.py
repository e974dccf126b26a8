"""The challenge of lesson 05: check the answer, give hints, show the solution."""

from helpers.exercises.best_child import EXERCISE

__all__ = ["check", "hint", "hints_used", "solution"]

check = EXERCISE.check
hint = EXERCISE.hint
hints_used = EXERCISE.hints_used
solution = EXERCISE.solution
