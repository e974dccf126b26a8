"""The embedded server from a terminal: `python -m tools.tracking_server start | stop`."""

import sys

from helpers.server import EmbeddedServer, ServerError

NOT_OURS = "It is not the embedded one: end it where it was started (docker compose stop)."


def main() -> None:
    """Start or stop the server, as the command line says."""
    server = EmbeddedServer()
    match sys.argv[1:]:
        case ["start"]:
            try:
                print(server.start())
            except ServerError as error:
                sys.exit(str(error))
        case ["stop"]:
            if not server.stop():
                if answering := server.status():
                    sys.exit(f"{answering}\n{NOT_OURS}")
                print(f"No tracking server answers at {server.url}.")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
