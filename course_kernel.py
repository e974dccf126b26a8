"""Prepare a kernel for the lessons: an IPython extension, named in helpers/jupyter_data/.

Every kernel of the course's environment loads it. It is not part of `helpers`, because a student's
own `helpers.py` next to a notebook would be imported instead of that package.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

# The course's packages, each with a module that no other package of that name will have.
PACKAGES = {"helpers": "kernel_errors.py", "exercises": "catalogue.py"}


def load_ipython_extension(shell: Any) -> None:
    """Explain errors, and make MLflow log to the embedded server if it runs.

    Args:
        shell: the kernel's IPython.
    """
    # Whenever a browser loads the page anew, IPython draws a tip, and moves the state of `random`.
    shell.enable_tip = False
    for package, module in PACKAGES.items():
        if other := _find_other(package, module):
            sentence = (
                f"{other} hides the course's own `{package}`. Rename it, then restart the kernel."
            )
            _explain_import_errors(shell, sentence)
            return
    from helpers import kernel_errors, server

    kernel_errors.load_ipython_extension(shell)
    server.use_running_server()


def _find_other(package: str, module: str) -> str:
    """Return the path that `import package` finds, or "" if that is the course's package."""
    spec = find_spec(package)
    origin = Path(spec.origin or ".") if spec else Path()
    return "" if origin.with_name(module).exists() else str(origin)


def _explain_import_errors(shell: Any, sentence: str) -> None:
    """Print why the course's package cannot be imported, and add it to each failed import."""

    def show(
        shell: Any, kind: type, error: ImportError, traceback: TracebackType, **_: object
    ) -> None:
        if error.name and error.name.partition(".")[0] in PACKAGES:
            error.add_note(sentence)
        shell.showtraceback((kind, error, traceback))

    print(sentence, file=sys.stderr)
    shell.set_custom_exc((ImportError,), show)
