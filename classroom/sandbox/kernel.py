"""Talk to a student's kernel: code in, JSON out, and nothing that comes back is believed.

Only Jupyter's shell channel is used: what the kernel prints or draws goes nowhere, so that a
gigabyte of it costs nothing. The sockets are files in the submission's folder.
"""

from __future__ import annotations

import ast
import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from queue import Empty
from typing import IO, Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import KernelConnectionInfo, write_connection_file

from classroom.sandbox import MIB, Sandbox, Workspace


class Broken(Exception):
    """The submission cannot be judged; the message says what happened."""


@dataclass(frozen=True)
class Reply:
    """What the kernel says of a piece of code: no error, or one; and what an expression is."""

    error: str = ""  # the exception's type
    message: str = ""  # its message
    value: str = ""


@dataclass
class Kernel:
    """A Jupyter kernel within a sandbox. Use it in a `with` block, which ends it."""

    sandbox: Sandbox
    workspace: Workspace
    store: str
    deadline: float  # of time.monotonic
    stderr: IO[bytes] | int = subprocess.DEVNULL
    trespass: str = ""  # what it used too much of, in words, if it did

    def __enter__(self) -> Kernel:
        known = self._connection_info()
        self.process = subprocess.Popen(
            self.sandbox.command(self.workspace, self.store),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.stderr,
            cwd="/",
        )
        context = zmq.Context()
        context.setsockopt(zmq.MAXMSGSIZE, 4 * MIB)
        context.setsockopt(zmq.RCVHWM, 10)
        context.setsockopt(zmq.RECONNECT_IVL, 20)
        self._client = BlockingKernelClient(context=context)
        self._client.load_connection_info(known)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.sandbox.end(self.workspace.folder)
        self._client.context.destroy(linger=0)

    def _connection_info(self) -> KernelConnectionInfo:
        """Write the connection file; return what it says, with the sockets as seen from here."""
        space = self.workspace
        path, key = space.folder / "kernel.json", secrets.token_hex(16).encode()
        _, said = write_connection_file(
            str(path), ip=f"{space.home}/kernel", key=key, transport="ipc"
        )
        if space.user:
            os.chown(path, space.user, space.user)
        return {**said, "ip": f"{space.folder}/kernel"}

    def run(self, code: str, expression: str = "") -> Reply:
        """Run code as a cell, and evaluate an expression if it raises nothing.

        Args:
            code: a cell's source.
            expression: a Python expression; its value is a text.

        Raises:
            Broken: the kernel has ended, uses too much, answers no sense, or is past the deadline.
        """
        asked = self._client.execute(
            code,
            store_history=False,
            user_expressions={"said": expression} if expression else {},
            allow_stdin=False,
            stop_on_error=False,
        )
        try:
            return _reply(self._answer(asked))
        except Broken:
            raise
        except Exception as error:  # a forged answer may be anything
            raise Broken(f"its kernel sent a malformed answer ({type(error).__name__})") from error

    def _answer(self, asked: str) -> Any:
        while time.monotonic() < self.deadline:
            try:
                message = self._client.shell_channel.get_msg(timeout=0.1)
            except Empty:
                if self.trespass:
                    raise Broken(self.trespass) from None
                if self.process.poll() is not None:
                    raise Broken("its kernel died") from None
            else:
                if message["parent_header"].get("msg_id") == asked:
                    return message["content"]
        raise Broken(self.workspace.limits.too_long)


def _reply(content: Any) -> Reply:
    """Read the content of an execute_reply."""
    if content["status"] != "ok":
        return Reply(str(content["ename"]), str(content["evalue"]))
    said = content["user_expressions"].get("said", {})
    if said.get("status") != "ok":
        return Reply()
    return Reply(value=str(ast.literal_eval(said["data"]["text/plain"])))
