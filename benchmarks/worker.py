"""One case in a process of its own, so that its imports, its server and its settings are its own.

Reads a size a line, does the work of that size, and answers with a line of JSON. What MLflow and
its peers print goes nowhere, as in a notebook nobody looks at.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

sent = 0  # HTTP requests of this process


def count(event: str, arguments: tuple[Any, ...]) -> None:
    """Count the requests that leave through http.client, whatever library sends them."""
    global sent
    if event == "http.client.send":
        data = bytes(arguments[1][:8])  # the head of a request; a body may follow in a second call
        sent += data.split(b" ")[0] in {b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD"}


def main(case: str) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.addaudithook(count)
    module, name = case.split(".")
    began = time.perf_counter()
    try:
        work: Callable[[int], object] = getattr(import_module(f"benchmarks.{module}"), name)()
    except ModuleNotFoundError as missing:
        answers.write(json.dumps({"missing": missing.name}) + "\n")
        return
    answers.write(json.dumps({"prepared": time.perf_counter() - began}) + "\n")
    for line in sys.stdin:
        before, wall, processor = sent, time.perf_counter(), time.process_time()
        work(int(line))
        measured = {
            "seconds": time.perf_counter() - wall,
            "processor": time.process_time() - processor,
            "requests": sent - before,
        }
        answers.write(json.dumps(measured) + "\n")
