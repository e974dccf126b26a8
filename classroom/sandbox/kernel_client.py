"""Talk to a student's kernel: send code, receive JSON, and trust nothing that comes back.

Uses only Jupyter's shell channel: what the kernel prints or draws is discarded, so a gigabyte of it
costs nothing. The kernel's stderr, to which only a crash writes, goes to a file next to the
submission's folder. The sockets are files in that folder.
"""

from __future__ import annotations

import ast
import os
import secrets
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from classroom.sandbox import MIB, Sandbox, Workspace
from classroom.sandbox.limit_watch import Guard

_SOCKET = "kernel"  # the beginning of the sockets' names
_STDERR_SHOWN = 4000  # bytes of a dead kernel's stderr


class Broken(Exception):
    """The submission cannot be judged. The message says what happened."""

    def __init__(self, message: str = "", stderr: str = "") -> None:
        """Store what the kernel wrote before it died.

        Args:
            message: what happened.
            stderr: the end of the kernel's stderr, if it has died.
        """
        super().__init__(message)
        self.stderr = stderr


@dataclass(frozen=True)
class Reply:
    """The kernel's answer to a piece of code: an error, if any, and the value of an expression."""

    error: str = ""  # the exception's type and message
    value: str = ""


@dataclass
class Kernel:
    """A Jupyter kernel in a sandbox. Use it in a `with` block, which ends it."""

    sandbox: Sandbox
    workspace: Workspace
    store: str
    deadline: float  # as in time.monotonic()

    @property
    def log(self) -> Path:
        """The file with the kernel's stderr, which is not visible in a sandbox."""
        folder = self.workspace.folder
        return folder.with_name(f"{folder.name}.stderr")

    def __enter__(self) -> Kernel:
        with ExitStack() as stack:  # ends the kernel if anything below fails
            self._connect(stack)
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _connect(self, stack: ExitStack) -> None:
        """Create the client, and register on a stack how to close it."""
        space = self.workspace
        folder = os.open(space.folder, os.O_PATH | os.O_DIRECTORY)
        stack.callback(os.close, folder)
        context = zmq.Context()
        stack.callback(context.destroy, linger=0)
        context.setsockopt(zmq.MAXMSGSIZE, 4 * MIB)
        context.setsockopt(zmq.RCVHWM, 10)
        context.setsockopt(zmq.RECONNECT_IVL, 20)
        # The kernel reads its connection file in the folder, so its sockets have relative paths.
        file, key = space.folder / "kernel.json", secrets.token_hex(16).encode()
        _, info = write_connection_file(str(file), ip=_SOCKET, key=key, transport="ipc")
        if space.user:
            os.chown(file, space.user, space.user)
        # A socket's path can have 107 bytes. The folder's path may be longer. This one is short.
        info["ip"] = f"/proc/self/fd/{folder}/{_SOCKET}"
        self._client = BlockingKernelClient(context=context)
        self._client.load_connection_info(info)

    def _start(self, stack: ExitStack) -> None:
        """Start the kernel and its guard, and register on a stack how to end them."""
        log = stack.enter_context(self.log.open("wb"))
        self.process = subprocess.Popen(
            self.sandbox.command(self.workspace, self.store),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd="/",
        )
        stack.callback(self._end)
        self._guard = Guard(self.process, self.workspace, self.log, self._end)
        self._guard.start()
        stack.callback(self._guard.stop)

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.sandbox.end(self.workspace.folder)

    def run(self, code: str, expression: str = "") -> Reply:
        """Run code as a cell; if it raises nothing, evaluate an expression.

        Args:
            code: the source of a cell.
            expression: a Python expression whose value is a string.

        Raises:
            Broken: the kernel has ended, exceeds a limit or the deadline, or its answer is invalid.
        """
        request = self._client.execute(
            code,
            store_history=False,
            user_expressions={"value": expression} if expression else {},
            allow_stdin=False,
            stop_on_error=False,
        )
        try:
            return _reply(self._wait_for_answer(request))
        except Broken:
            raise
        except Exception as error:  # a forged answer may be anything
            raise Broken(f"its kernel sent a malformed answer ({type(error).__name__})") from error

    def _wait_for_answer(self, request: str) -> Any:
        while time.monotonic() < self.deadline:
            try:
                message = self._client.shell_channel.get_msg(timeout=0.1)
            except Empty:
                if self._guard.limit_exceeded:
                    raise Broken(self._guard.limit_exceeded) from None
                if self.process.poll() is not None:
                    raise Broken("its kernel died", _last_words(self.log)) from None
            else:
                if message["parent_header"].get("msg_id") == request:
                    return message["content"]
        raise Broken(self.workspace.limits.too_long)


def _last_words(log: Path) -> str:
    """Return the end of the kernel's stderr, without control characters."""
    text = log.read_bytes()[-_STDERR_SHOWN:].decode(errors="replace")
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
    return "\n".join(lines).strip()


def _reply(content: Any) -> Reply:
    """Read the content of an execute_reply."""
    if content["status"] != "ok":
        return Reply(": ".join(filter(None, [str(content["ename"]), str(content["evalue"])])))
    value = content["user_expressions"].get("value", {})
    if value.get("status") != "ok":
        return Reply()
    return Reply(value=str(ast.literal_eval(value["data"]["text/plain"])))
