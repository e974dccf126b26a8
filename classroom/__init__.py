"""What instructors run: `make test` before class, `make grade` after it, `make classroom`.

`grading` makes a table and a page for each student from a folder of notebooks; students' code runs
in a `sandbox`. `server` has the shared server, its accounts, and what checks a server before class.
`live` shows how far a class is, and `nbgrader` is for schools that use it.
"""
