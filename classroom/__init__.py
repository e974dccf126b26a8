"""What instructors run: `python -m classroom.grading FOLDER_OR_ZIP` (`make grade`).

`submissions` says what is taken and whose it is. `grading` starts a process for each notebook: a
copy of one in which `ready` has loaded all. In it, `submission` judges the notebook: `cells` says
what of it runs, `kernel` talks to the student's kernel, `store` reads what that logged. `choice`
finds a `sandbox` for the kernel: `bubblewrap` or a `container`. `inside` is the only file that
runs beside the student's code. `points`, `table` and `feedback` make of it what is handed back.
"""
