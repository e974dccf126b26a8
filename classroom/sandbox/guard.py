"""Watch a student's kernel from a thread outside: its memory, its files, and who waits for it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from pathlib import Path

from classroom.sandbox import MIB, Limits
from classroom.sandbox.kernel import Kernel


class LimitGuard:
    """Looks every fifth of a second whether a kernel keeps within its bounds; ends it if not."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.limits = kernel, kernel.workspace.limits
        self.grading = multiprocessing.parent_process()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.wait(0.2):
            if self.grading and not self.grading.is_alive():  # killed: nobody waits for this
                self.kernel.process.kill()
                self.kernel.sandbox.end(self.kernel.workspace.folder)
                os._exit(1)
            if self.kernel.sandbox.memory(self.kernel.process) > self.limits.memory:
                self._end(f"needed more than {self.limits.memory // MIB} MB of memory")
            if _too_full(self.kernel.workspace.folder, self.limits):
                most = f"{self.limits.folder // MIB} MB of files, or {self.limits.files} files"
                self._end(f"left more than {most}")

    def _end(self, why: str) -> None:
        self.kernel.trespass = why
        self.kernel.process.kill()
        self.over.set()


def _too_full(folder: Path, limits: Limits) -> bool:
    size = number = 0
    for path, folders, files in os.walk(folder):
        number += len(folders) + len(files)
        for name in files:
            try:
                size += Path(path, name).lstat().st_blocks * 512
            except OSError:
                continue
        if size > limits.folder or number > limits.files:
            return True
    return False
