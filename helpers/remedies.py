"""Say in a notebook what to do where Python's own error does not.

Every kernel of the course's environment loads this, by way of `course_kernel`: a name is missing
right after a restart, before any cell has imported anything.
"""

import sys
from html import escape
from traceback import format_exception
from types import TracebackType
from typing import Any

ERRORS: tuple[type[BaseException], ...] = (NameError, KeyboardInterrupt)
MISSING = (
    "If a cell further up defines it, that cell has not run since the kernel started: choose "
    "Run → Run All Above Selected Cell."
)
STOPPED = (
    "You have stopped this cell. What had finished is kept, and a run whose `with` block was open "
    "is FAILED. If you run the cell again, it begins anew."
)


class Stopped(KeyboardInterrupt):
    """The reader has stopped a cell; the message says so."""

    def _render_traceback_(self) -> list[str]:  # IPython shows this instead of a traceback
        return [str(self)]


def load_ipython_extension(shell: Any) -> None:
    """Let a kernel show these errors with a remedy.

    Args:
        shell: the kernel's IPython.
    """
    shell.set_custom_exc(ERRORS, show)


def show(
    shell: Any, kind: type, error: BaseException, traceback: TracebackType, **_: object
) -> None:
    """Show one of these errors: a stopped cell in a sentence, a missing name with what to do.

    Args:
        shell: the kernel's IPython.
        kind: the error's type.
        error: what a cell raised.
        traceback: where.
        **_: what else IPython hands on.
    """
    if isinstance(error, KeyboardInterrupt):
        fold(error)
        error = Stopped(STOPPED)
    elif kind is NameError:
        error.add_note(MISSING)
    shell.showtraceback((type(error), error, traceback))


def fold(error: BaseException) -> None:
    """Show a traceback that opens when it is clicked.

    Args:
        error: whose traceback it is.
    """
    whole = escape("".join(format_exception(error)))
    page = f"<details><summary>The whole traceback</summary><pre>{whole}</pre></details>"
    sys.modules["IPython"].display.display({"text/html": page}, raw=True)
