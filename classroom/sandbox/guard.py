"""Watch a student's kernel from a thread outside the sandbox.

The thread kills the kernel when it uses too much memory or too many files, or when the grading that
started it is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from classroom.sandbox import MIB
from classroom.sandbox.kernel import Kernel


@contextmanager
def guarded(kernel: Kernel) -> Iterator[None]:
    """Check five times a second whether a kernel keeps to its limits; kill it if it does not.

    Args:
        kernel: the student's kernel.
    """
    over = threading.Event()
    thread = threading.Thread(target=_look, args=(kernel, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _look(kernel: Kernel, over: threading.Event) -> None:
    grading = multiprocessing.parent_process()
    while not over.wait(0.2) and not kernel.limit_exceeded:
        if grading and not grading.is_alive():  # it was killed, and nobody waits for a result
            kernel.process.kill()
            kernel.sandbox.end(kernel.workspace.folder)
            os._exit(1)
        kernel.limit_exceeded = _too_much(kernel)
        if kernel.limit_exceeded:
            kernel.process.kill()


def _too_much(kernel: Kernel) -> str:
    """Return which limit a kernel exceeds, in words, or ""."""
    limits = kernel.workspace.limits
    if _memory(kernel.process.pid) > limits.memory:
        return f"needed more than {limits.memory // MIB} MB of memory"
    size, number = kernel.log.stat().st_size, 0
    for path, folders, files in os.walk(kernel.workspace.folder):
        number += len(folders) + len(files)
        for name in files:
            with suppress(OSError):
                size += Path(path, name).lstat().st_blocks * 512
        if size > limits.folder or number > limits.files:
            return f"left more than {limits.folder // MIB} MB of files, or {limits.files} files"
    return ""


def _memory(pid: int) -> int:
    """Return the memory of a process and its descendants; shared memory counts once.

    Does not see processes in a container. There, the engine kills what uses too much.
    """
    total = 0
    with suppress(psutil.Error):  # the process has ended
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total
