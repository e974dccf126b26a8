"""Execute the solved notebooks from top to bottom on a fresh tracking server; store the outputs.

`make notebooks` runs this, then derives the students' copies. Values that depend on the moment or
the machine (run IDs, ports, times) are replaced, so that a second run changes nothing. Links are
stored as their words, without a URL, because their target exists only where the cells have run.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

from helpers.server import DEFAULT_PORT
from tools.student_copies import NOTEBOOKS, solved_notebooks
from tools.temporary_server import temporary_server

WIDGET = "application/vnd.jupyter.widget-view+json"
_ONCE_RUN = "once this cell has run here"
REPLACEMENTS = [
    (
        re.compile(r'<a href="[^"]*" target="_blank" rel="noopener">(.*?)</a>'),
        rf"\1 (a link, {_ONCE_RUN})",
    ),
    (re.compile(r": https?://[^\s\"]+/#/\S*"), f" (a link, {_ONCE_RUN})"),
    (re.compile(r"\[([^]\n]+)\]\(https?://[^)\s]+/#/[^)\s]*\)"), rf"\1 (a link, {_ONCE_RUN})"),
    (
        re.compile(r"(Embedded t|T)racking server at \S+, MLflow \S+"),
        f"The tracking server, {_ONCE_RUN}",
    ),
    (re.compile(r"http://(localhost|127\.0\.0\.1):\d+"), f"http://localhost:{DEFAULT_PORT}"),
    (re.compile(r"(experiments(?:/|=\D{1,8}))\d+"), r"\g<1>1"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "0" * 32),
]


def refresh(path: Path) -> None:
    """Execute the notebook at `path` in its own folder and write it back, normalized."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        resources={"metadata": {"path": path.parent}},
        coalesce_streams=True,  # a redrawn progress bar leaves its last state
        record_timing=False,
        store_widget_state=False,  # a stored widget has no kernel
    )
    client.execute()
    notebook.metadata["language_info"] = {"name": "python"}  # without its version
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for texts in (output, output.get("data", {})):
                texts.pop(WIDGET, None)
                for kind, text in texts.items():
                    texts[kind] = normalised(text) if isinstance(text, str) else text
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def normalised(text: str) -> str:
    """Return a string from an output, with its volatile parts replaced.

    >>> normalised("http://127.0.0.1:43211/get/experiments/27")
    'http://localhost:8080/get/experiments/1'
    >>> normalised("My runs: http://127.0.0.1:43211/#/experiments/27")
    'My runs (a link, once this cell has run here)'
    """
    for pattern, replacement in REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return text


def main() -> None:
    """Refresh the solved notebooks that the command line names, or all of them."""
    named = [NOTEBOOKS / "solutions" / Path(name).name for name in sys.argv[1:]]
    os.environ.pop("EXPERIMENT_PREFIX", None)
    os.environ["COURSE_PROGRESS"] = "off"
    with temporary_server() as server:
        os.environ["MLFLOW_TRACKING_URI"] = server.url
        for path in tqdm(named or solved_notebooks(), unit="notebook"):
            refresh(path)


if __name__ == "__main__":
    main()
