"""Let gunicorn end when the supervisor does, even if the supervisor is killed.

The supervisor holds the other end of gunicorn's standard input. The operating system closes it with
the supervisor, whatever ends that.
"""

import os
import signal
from threading import Thread


def on_starting(_arbiter: object) -> None:
    """Begin to wait for the end of standard input; gunicorn calls this before it starts workers."""
    Thread(target=_end_with_supervisor, daemon=True).start()


def _end_with_supervisor() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
