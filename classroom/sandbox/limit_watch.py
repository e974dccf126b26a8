"""Watch a student's kernel from a thread outside the sandbox.

The thread kills the kernel when it uses too much memory or too many files, or when the grading that
started it is gone.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread

import psutil

from classroom.sandbox import MIB, Workspace


class Guard(Thread):
    """Check five times a second whether a kernel keeps to its limits; kill it if it does not."""

    def __init__(
        self, process: Popen[bytes], workspace: Workspace, log: Path, end: Callable[[], None]
    ) -> None:
        """Prepare the thread; `start` starts it.

        Args:
            process: the kernel, or the program that runs it in a sandbox.
            workspace: the submission's folder and limits.
            log: the file with the kernel's stderr, which counts as well.
            end: kills the kernel and everything that it has started.
        """
        super().__init__(daemon=True)
        self.process, self.workspace, self.log, self.end = process, workspace, log, end
        self.limit_exceeded = ""  # a sentence
        self._over = Event()

    def run(self) -> None:
        """Watch until the kernel exceeds a limit, or until `stop`."""
        grading = multiprocessing.parent_process()
        while not self._over.wait(0.2) and not self.limit_exceeded:
            if grading and not grading.is_alive():  # it was killed, and nobody waits for a result
                self.end()
                os._exit(1)
            self.limit_exceeded = self._exceeded()
            if self.limit_exceeded:
                self.process.kill()

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self.join()

    def _exceeded(self) -> str:
        """Return which limit the kernel exceeds, in words, or ""."""
        limits = self.workspace.limits
        if _memory(self.process.pid) > limits.memory:
            return f"needed more than {limits.memory // MIB} MB of memory"
        size, number = self.log.stat().st_size, 0
        for path, folders, files in os.walk(self.workspace.folder):
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
