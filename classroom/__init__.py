"""Run a class: grade it, serve it, and see how far it is.

`grading` turns a folder of notebooks into a table and a page for each student. Students' code runs
in a `sandbox`. `server` is the shared server with its accounts, `live` shows how far a class is,
and `nbgrader` is for schools that use nbgrader.
"""
