"""Serve the live view of a class to this machine's browser: `make class`."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from contextlib import suppress
from pathlib import Path

from mlflow.exceptions import MlflowException
from tornado import web

from classroom.live import state
from helpers import tracking
from helpers.lost_server import ServerUnreachable

PAGE = Path(__file__).with_name("page")


class State(web.RequestHandler):
    """What the page asks for every few seconds."""

    async def get(self) -> None:
        """Answer with the state, or with a sentence if the tracking server does not answer."""
        try:
            self.write(await asyncio.to_thread(state))
        except MlflowException as error:
            self.write({"error": f"The tracking server does not answer: {error.message[:200]}"})


async def serve(address: str, port: int) -> None:
    """Serve until Ctrl-C.

    Args:
        address: where it listens.
        port: its port.
    """
    host = "localhost" if address == "127.0.0.1" else address
    app, files = web.Application(), {"path": PAGE, "default_filename": "index.html"}
    # Under no other name: that could be of a page that leads here.
    app.add_handlers(re.escape(host), [("/state", State), ("/(.*)", web.StaticFileHandler, files)])
    app.listen(port, address)
    print(f"The class is at http://{host}:{port}/. Ctrl-C ends this.", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make class", description=__doc__)
    parser.add_argument("--port", type=int, default=8070)
    parser.add_argument("--address", default="127.0.0.1", help="default: this machine alone")
    given = parser.parse_args()
    try:
        tracking.use_server()
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(given.address, given.port))
    except (ServerUnreachable, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
