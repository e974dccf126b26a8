"""Talk to a student's kernel: code in, JSON out, and nothing that comes back is believed.

Only Jupyter's shell channel is used: what the kernel prints or draws goes nowhere, so that a
gigabyte of it costs nothing. The sockets are files in the submission's folder.
"""

from __future__ import annotations

import ast
import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import zmq
from jupyter_client.session import Session

from classroom.sandbox import MIB, Sandbox, Workspace

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


_KERNEL = (
    *("ipykernel_launcher", "-f", "kernel.json", "--HistoryManager.enabled=False"),
    # Nobody listens: printed text would only fill the kernel's memory.
    "--IPKernelApp.capture_fd_output=False",
    "--IPKernelApp.exec_lines=import inside; inside.print_nowhere()",
)


class Broken(Exception):
    """The submission cannot be judged; the message says what happened."""


class OutOfTime(Exception):
    """The submission takes longer than it may."""


@dataclass(frozen=True)
class Reply:
    """What the kernel says of a piece of code: no error, or one; and expressions as text."""

    error: str = ""  # the exception's type
    said: str = ""  # its message
    traceback: str = ""
    values: Mapping[str, str] | None = None


class Kernel:
    """A Jupyter kernel within a sandbox. Use it in a `with` block, which ends it."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace, store: str, deadline: float) -> None:
        self.sandbox, self.workspace, self.store = sandbox, workspace, store
        self.deadline = deadline  # of time.monotonic
        self.trespass = ""  # what it used too much of, in words, if it did
        self._session = Session(key=secrets.token_hex(16).encode())

    def __enter__(self) -> Kernel:
        command = self.sandbox.command(self.workspace, *_KERNEL, store=self.store)
        self._write_connection_file()
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.MAXMSGSIZE, 4 * MIB)
        self._socket.setsockopt(zmq.RCVHWM, 10)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self._socket.connect(f"ipc://{self.workspace.folder}/kernel-1")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.sandbox.end(self.workspace.folder)
        self._context.destroy(linger=0)

    def _write_connection_file(self) -> None:
        path = self.workspace.folder / "kernel.json"
        home = self.sandbox.home(self.workspace.folder)
        said = {
            "transport": "ipc",
            "ip": f"{home}/kernel",
            "key": self._session.key.decode(),
            "signature_scheme": "hmac-sha256",
            **{f"{channel}_port": n for n, channel in enumerate(CHANNELS, start=1)},
        }
        path.write_text(json.dumps(said), encoding="utf-8")
        if self.workspace.user:
            os.chown(path, self.workspace.user, self.workspace.user)

    def run(self, code: str, expressions: Mapping[str, str] | None = None) -> Reply:
        """Run code as a cell, and evaluate expressions if it raises nothing.

        Args:
            code: a cell's source.
            expressions: Python expressions by name.

        Raises:
            Broken: the kernel has ended, uses too much, or answers no sense.
            OutOfTime: it is past the deadline.
        """
        content = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": dict(expressions or {}),
            "allow_stdin": False,
            "stop_on_error": False,
        }
        request = self._session.msg("execute_request", content)
        self._session.send(self._socket, request)
        return self._understood(lambda: _reply(self._answer(request["header"]["msg_id"])))

    def _answer(self, asked: str) -> Any:
        while True:
            if self._socket.poll(100):
                _, message = self._session.recv(self._socket)
                if message and message["parent_header"].get("msg_id") == asked:
                    return message["content"]
            elif self.trespass:
                raise Broken(self.trespass)
            elif self.process.poll() is not None:
                raise Broken("its kernel died")
            if time.monotonic() > self.deadline:
                raise OutOfTime

    def _understood(self, read: Callable[[], Reply]) -> Reply:
        try:
            return read()
        except (Broken, OutOfTime):
            raise
        except Exception as error:  # a forged answer may be anything
            raise Broken(f"its kernel's answer makes no sense ({type(error).__name__})") from error


def _reply(content: Any) -> Reply:
    """Read the content of an execute_reply."""
    if content["status"] == "ok":
        values = {
            str(name): str(ast.literal_eval(value["data"]["text/plain"]))
            for name, value in content["user_expressions"].items()
            if value["status"] == "ok"
        }
        return Reply(values=values)
    lines = [str(line) for line in content.get("traceback", [])]
    return Reply(str(content["ename"]), str(content["evalue"]), "\n".join(lines))
