"""Tell the reader of a notebook what to do about errors that Python does not explain.

Every kernel of the course's environment loads this, through `course_kernel`, because a name can be
missing right after a restart, before any cell has imported anything.
"""

import sys
from html import escape
from traceback import format_exception
from types import TracebackType
from typing import Any

ERRORS: tuple[type[BaseException], ...] = (NameError, KeyboardInterrupt)
MISSING = (
    "If a cell further up defines it, that cell has not run since the kernel started. Choose "
    "Run → Run All Above Selected Cell."
)
STOPPED = (
    "You stopped this cell. Finished runs are saved, and a run whose `with` block was open is "
    "FAILED. If you run the cell again, it starts over."
)


class Stopped(KeyboardInterrupt):
    """The reader has stopped a cell. The message says so."""

    def _render_traceback_(self) -> list[str]:  # IPython shows this instead of a traceback
        return [str(self)]


def load_ipython_extension(shell: Any) -> None:
    """Make a kernel show these errors with a remedy.

    Args:
        shell: the kernel's IPython.
    """
    shell.set_custom_exc(ERRORS, show)


def show(
    shell: Any, kind: type, error: BaseException, traceback: TracebackType, **_: object
) -> None:
    """Show an error with its remedy: a stopped cell as a sentence, a missing name with a note.

    Args:
        shell: the kernel's IPython.
        kind: the error's type.
        error: the error that a cell raised.
        traceback: its traceback.
        **_: other arguments that IPython passes.
    """
    if isinstance(error, KeyboardInterrupt):
        fold(error)
        error = Stopped(STOPPED)
    elif kind is NameError:
        error.add_note(MISSING)
    shell.showtraceback((type(error), error, traceback))


def fold(error: BaseException) -> None:
    """Show the traceback of an error, collapsed until the reader clicks it.

    Args:
        error: the error.
    """
    whole = escape("".join(format_exception(error)))
    page = f"<details><summary>The whole traceback</summary><pre>{whole}</pre></details>"
    sys.modules["IPython"].display.display({"text/html": page}, raw=True)
