"""Serve the live view of a class to this machine's browser: `make class`."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException
from tornado import web

from classroom.live import state
from classroom.live.export import export
from classroom.spreadsheet import RosterError, read_roster
from helpers import tracking
from helpers.failed_cell import ServerUnreachable

PAGE = Path(__file__).with_name("page")


class State(web.RequestHandler):
    """Answer the request that the page sends every few seconds."""

    def initialize(self, roster: Sequence[str]) -> None:
        """Take what `web.Application` passes on: the names of all students."""
        self.roster = roster

    async def get(self) -> None:
        """Send the state, or a sentence if the tracking server does not answer."""
        try:
            self.write(await asyncio.to_thread(state, self.roster))
        except MlflowException as error:
            if error.message.startswith("API request to"):  # it got no answer
                problem = f"The tracking server at {mlflow.get_tracking_uri()} does not answer"
            else:
                problem = f"The tracking server answers with an error ({error.message[:200]})"
            self.write({"error": f"{problem}. Below is what it said before."})


async def serve(address: str, port: int, roster: Sequence[str] = ()) -> None:
    """Serve until Ctrl-C.

    Args:
        address: the address to listen on.
        port: the port to listen on.
        roster: the names of all students; empty if there is no list.
    """
    app, files = web.Application(), {"path": PAGE, "default_filename": "index.html"}
    app.add_handlers(
        hosts(address),
        [("/state", State, {"roster": roster}), ("/(.*)", web.StaticFileHandler, files)],
    )
    server = app.listen(port, address)
    print(f"The class is at http://{host_to_open(address)}:{port}/. Ctrl-C stops this.", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        server.stop()


def hosts(address: str) -> str:
    """Return a regular expression for the hosts whose requests are answered.

    Another site could point its own name at this machine and read the page under that name. So
    only this machine's names are answered, and numeric addresses, which no other site can have.

    Args:
        address: the address that the server listens on.
    """
    if address == "127.0.0.1":
        return "localhost"
    names = {"localhost", address, socket.gethostname(), socket.getfqdn()}
    own = "|".join(re.escape(name.lower()) for name in names)
    return rf"(?:{own}|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\])"


def host_to_open(address: str) -> str:
    """Return a host name or address that a browser can open.

    Args:
        address: the address that the server listens on.
    """
    if address == "127.0.0.1":
        return "localhost"
    if address == "::":
        return socket.gethostname()
    if address not in {"0.0.0.0", ""}:
        return f"[{address}]" if ":" in address else address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, but chooses this machine's address
        except OSError:
            return "localhost"  # no network
        return str(probe.getsockname()[0])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make class", description=__doc__)
    parser.add_argument("--port", type=int, default=8070)
    parser.add_argument("--address", default="127.0.0.1", help="0.0.0.0 also answers the network")
    parser.add_argument("--roster", type=Path, help="a CSV file with the names of all students")
    parser.add_argument("--export", type=Path, help="write tables and a page to a folder, and end")
    parser.add_argument(
        "--earlier", type=Path, nargs="+", default=[], help="exports to draw as well"
    )
    parser.add_argument("--no-names", action="store_true", help="leave the names out of the export")
    options = parser.parse_args()
    # The page asks again soon, so don't wait minutes for a server that is gone.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    try:
        tracking.use_server()
        roster = read_roster(options.roster) if options.roster else []
        if options.export:
            names = not options.no_names
            print(export(options.export, roster, names=names, earlier=options.earlier))
            return
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(options.address, options.port, roster))
    except (RosterError, ServerUnreachable, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
