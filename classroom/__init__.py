"""What instructors run: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

`grading` holds the table, `submission` judges one notebook in a process of its own, `cells` says
what of it runs, `kernel` talks to the student's kernel, `sandbox` keeps that one in, `store` reads
what it logged, and `inside` is the only file of them that runs beside the student's code.
"""
