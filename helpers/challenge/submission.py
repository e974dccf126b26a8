"""Run one submitted notebook and check its `execute_tuning`; `grading` starts this.

`python -m helpers.challenge.submission NOTEBOOK` prints verdict and unmet requirement as JSON.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

# Run in the student's kernel before and around each call; it hands back JSON only.
_DESCRIBE = """
import inspect as _inspect, json as _json
def _describe(f):
    if not callable(f):
        return {"kind": type(f).__name__}
    try:
        parameters = _inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return {"parameters": None}
    empty = _inspect.Parameter.empty
    return {"parameters": [(p.name, int(p.kind), p.default is not empty) for p in parameters]}
print("\\n" + _json.dumps(_describe(globals().get("execute_tuning"))))
"""
_CALL = """
import random as _random, mlflow as _mlflow, os as _os
while _mlflow.active_run(): _mlflow.end_run()
_os.environ.pop("MLFLOW_RUN_ID", None)
_mlflow.set_tracking_uri({uri!r})
_mlflow.set_experiment(experiment_id={experiment_id!r})
if {seed!r} is not None: _random.seed({seed!r})
execute_tuning(*{args!r}, **{kwargs!r})
None
"""


class Submission:
    """A submitted notebook whose cells have run, in a kernel that is still there."""

    def __init__(self, client: NotebookClient) -> None:
        self.client = client
        self.calls = 0

    def run(self, source: str) -> list[NotebookNode]:
        """Run code in the kernel; return its outputs."""
        cell = nbformat.v4.new_code_cell(source)  # type: ignore[no-untyped-call]
        self.client.nb.cells.append(cell)
        self.client.execute_cell(cell, len(self.client.nb.cells) - 1)
        return list(cell.outputs)

    def execute_tuning(self, *args: object, **kwargs: object) -> None:
        """Call the student's function in its kernel, where the caller's MLflow points."""
        from helpers.challenge.scratch import SEED

        self.calls += 1
        source = _CALL.format(
            uri=os.environ["MLFLOW_TRACKING_URI"],
            experiment_id=os.environ["MLFLOW_EXPERIMENT_ID"],
            seed=SEED if self.calls == 1 else None,
            args=args,
            kwargs=kwargs,
        )
        for output in self.run(source):
            if output.output_type == "error":
                known = NotImplementedError if output.ename == "NotImplementedError" else Exception
                raise type(output.ename, (known,), {})(output.evalue)

    def function(self) -> object:
        """Return a function with the signature of the student's, or what is in its place."""
        text = "".join(output.text for output in self.run(_DESCRIBE) if "text" in output)
        found: dict[str, Any] = json.loads(text.splitlines()[-1])
        if "kind" in found:
            return None if found["kind"] == "NoneType" else found["kind"]

        def execute_tuning(*args: object, **kwargs: object) -> None:
            self.execute_tuning(*args, **kwargs)

        if found["parameters"] is not None:
            execute_tuning.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
                [
                    inspect.Parameter(
                        name,
                        inspect._ParameterKind(kind),
                        default=... if has_default else inspect.Parameter.empty,
                    )
                    for name, kind, has_default in found["parameters"]
                ]
            )
        return execute_tuning


def verdict(path: Path) -> tuple[str, str]:
    """Return the verdict on the notebook at `path`, and its first unmet requirement."""
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
    except (OSError, ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        return "broken", f"it is a notebook ({type(error).__name__})"
    client = NotebookClient(notebook, allow_errors=True, kernel_name="python3")
    try:
        with client.setup_kernel():
            for index, cell in enumerate(list(notebook.cells)):
                client.execute_cell(cell, index)
            # Here, so that a notebook that does not come so far takes no time for MLflow.
            from helpers.challenge.checker import check

            report = check(Submission(client).function())
    except DeadKernelError:
        return "broken", "its kernel stays alive"
    return "passed" if report.passed else report.state, report.requirement


if __name__ == "__main__":
    # The kernel inherits the standard streams: a student's program could hold or forge them.
    answer, sys.stderr = os.fdopen(os.dup(1), "w"), os.fdopen(os.dup(2), "w")
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    with answer:
        json.dump(verdict(Path(sys.argv[1])), answer)
