"""The embedded server from a terminal: `python -m tools.tracking_server start | stop | status`."""

import argparse
import sys

from helpers.server import EmbeddedServer, ServerError
from helpers.server.settings import data_dir


def main() -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.tracking_server", description=__doc__)
    parser.add_argument("--data-dir", default=data_dir(), help="default: %(default)s")
    parser.add_argument("action", choices=["start", "stop", "status"])
    parsed = parser.parse_args()
    server, stop = EmbeddedServer(parsed.data_dir), parsed.action == "stop"
    if stop and server.stop():
        return 0
    try:
        answering = server.start() if parsed.action == "start" else server.status()
    except ServerError as error:
        sys.exit(str(error))
    print(answering or f"No tracking server answers at {server.url}.")
    if stop and answering:
        print("It is not the embedded one: end it where it was started (docker compose stop).")
    return 0 if bool(answering) != stop else 1


if __name__ == "__main__":
    sys.exit(main())
