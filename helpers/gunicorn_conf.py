"""Make gunicorn stop when the supervisor does, even if the supervisor is killed.

The supervisor holds the other end of gunicorn's standard input. When the supervisor ends, for
whatever reason, the operating system closes it.
"""

import os
import signal
from threading import Thread


def on_starting(_arbiter: object) -> None:
    """Wait in a thread for the end of standard input. gunicorn calls this at its start."""
    Thread(target=_end_with_supervisor, daemon=True).start()


def _end_with_supervisor() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
