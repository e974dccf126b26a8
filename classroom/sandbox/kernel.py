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
from typing import IO, Any

import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

from classroom.sandbox import MIB, Sandbox, Workspace


class Broken(Exception):
    """The submission cannot be judged; the message says what happened."""


@dataclass(frozen=True)
class Reply:
    """What the kernel says of a piece of code: no error, or one; and what an expression is."""

    error: str = ""  # the exception's type
    message: str = ""  # its message
    value: str = ""


class Kernel:
    """A Jupyter kernel within a sandbox. Use it in a `with` block, which ends it."""

    def __init__(
        self,
        sandbox: Sandbox,
        workspace: Workspace,
        store: str,
        deadline: float,
        stderr: IO[bytes] | int = subprocess.DEVNULL,
    ) -> None:
        self.sandbox, self.workspace, self.store = sandbox, workspace, store
        self.deadline = deadline  # of time.monotonic
        self.stderr = stderr
        self.trespass = ""  # what it used too much of, in words, if it did
        self._session = Session(key=secrets.token_hex(16).encode())

    def __enter__(self) -> Kernel:
        self._write_connection_file()
        self.process = subprocess.Popen(
            self.sandbox.command(self.workspace, self.store),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.stderr,
            cwd="/",
        )
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.MAXMSGSIZE, 4 * MIB)
        self._socket.setsockopt(zmq.RCVHWM, 10)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self._socket.connect(f"ipc://{self.workspace.folder}/kernel-1")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.sandbox.end(self.workspace.folder)
        self._context.destroy(linger=0)

    def _write_connection_file(self) -> None:
        path, user = self.workspace.folder / "kernel.json", self.workspace.user
        write_connection_file(
            str(path),
            ip=f"{self.workspace.home}/kernel",
            key=self._session.key,
            transport="ipc",
            shell_port=1,
            iopub_port=2,
            stdin_port=3,
            control_port=4,
            hb_port=5,
        )
        if user:
            os.chown(path, user, user)

    def run(self, code: str, expression: str = "") -> Reply:
        """Run code as a cell, and evaluate an expression if it raises nothing.

        Args:
            code: a cell's source.
            expression: a Python expression; its value is a text.

        Raises:
            Broken: the kernel has ended, uses too much, answers no sense, or is past the deadline.
        """
        content = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {"said": expression} if expression else {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        request = self._session.msg("execute_request", content)
        self._session.send(self._socket, request)
        try:
            return _reply(self._answer(request["header"]["msg_id"]))
        except Broken:
            raise
        except Exception as error:  # a forged answer may be anything
            raise Broken(f"its kernel sent a malformed answer ({type(error).__name__})") from error

    def _answer(self, asked: str) -> Any:
        while time.monotonic() < self.deadline:
            if self._socket.poll(100):
                _, message = self._session.recv(self._socket)
                if message and message["parent_header"].get("msg_id") == asked:
                    return message["content"]
            elif self.trespass:
                raise Broken(self.trespass)
            elif self.process.poll() is not None:
                raise Broken("its kernel died")
        raise Broken(self.workspace.limits.too_long)


def _reply(content: Any) -> Reply:
    """Read the content of an execute_reply."""
    if content["status"] != "ok":
        return Reply(str(content["ename"]), str(content["evalue"]))
    said = content["user_expressions"].get("said", {})
    if said.get("status") != "ok":
        return Reply()
    return Reply(value=str(ast.literal_eval(said["data"]["text/plain"])))
