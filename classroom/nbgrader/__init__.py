"""Configure nbgrader for the course's exercises; nbgrader.md says how to grade with it."""
