"""The embedded tracking server's command line: `python -m helpers.server start | stop | status`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.server import EmbeddedServer, ServerError, data_dir


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m helpers.server", description=__doc__)
    parser.add_argument("--data-dir", default=data_dir(), type=Path, help="default: %(default)s")
    parser.add_argument("action", choices=["start", "stop", "status"])
    parsed = parser.parse_args(arguments)
    server = EmbeddedServer(parsed.data_dir)
    if parsed.action == "stop" and server.stop():
        print("The embedded tracking server is stopped.")
        return 0
    try:
        answering = server.start() if parsed.action == "start" else server.status()
    except ServerError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(answering or f"No tracking server answers at {server.url}.")
    if parsed.action != "stop":
        return 0 if answering else 1
    if answering:
        print("It is not the embedded one: end it where it was started (docker compose stop).")
    return 1 if answering else 0


if __name__ == "__main__":
    sys.exit(main())
