"""The embedded tracking server's command line.

python -m helpers.server start | stop | status
python -m helpers.server run -- COMMAND …     # the server for as long as COMMAND runs
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from helpers.server import ENVIRONMENT, EmbeddedServer, ServerError, data_dir


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m helpers.server", description=__doc__)
    parser.add_argument("--data-dir", default=data_dir(), type=Path, help="default: %(default)s")
    parser.add_argument("action", choices=["start", "stop", "status", "run"])
    parser.add_argument("command", nargs=argparse.REMAINDER, help="for run: -- COMMAND …")
    parsed = parser.parse_args(arguments)
    command = parsed.command[1:] if parsed.command[:1] == ["--"] else parsed.command
    if parsed.action == "run" and not command:
        parser.error("run needs a command: run -- COMMAND …")
    server = EmbeddedServer(parsed.data_dir)
    try:
        if parsed.action == "run":
            return _run(command, server)
        if parsed.action == "start":
            print(server.start())
            return 0
        return (_stop if parsed.action == "stop" else _status)(server)
    except ServerError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def _status(server: EmbeddedServer) -> int:
    answering = server.status()
    print(answering or f"No tracking server answers at {server.url}.")
    return 0 if answering else 1


def _stop(server: EmbeddedServer) -> int:
    if server.stop():
        print("The embedded tracking server is stopped.")
    elif _status(server) == 0:
        print("It is not the embedded one: end it where it was started (docker compose stop).")
        return 1
    return 0


def _run(command: Sequence[str], server: EmbeddedServer) -> int:
    """Run `command` with a tracking server beside it; end the server if it was started here."""
    answering = server.status()
    ours = not answering and not server.at_url
    if ours:
        server.launch()
    # A process group of its own: Ctrl-C reaches this process alone, which then ends both.
    environment = {**os.environ, **ENVIRONMENT, "MLFLOW_TRACKING_URI": server.url}
    child = subprocess.Popen(command, env=environment, process_group=0)
    for name in {"SIGINT", "SIGTERM", "SIGHUP"} & set(dir(signal)):
        signal.signal(getattr(signal, name), lambda *_: child.terminate())
    if answering:
        print(answering)
    else:  # the start is not in the command's way
        threading.Thread(target=_report_start, args=(server, child), daemon=True).start()
    try:
        return child.wait()
    finally:
        if ours:
            _stop(server)


def _report_start(server: EmbeddedServer, child: subprocess.Popen[bytes]) -> None:
    try:
        print(server.wait(), flush=True)
    except ServerError as error:
        if child.poll() is None:  # else it was ended on purpose, together with the command
            print(f"\n{error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
