"""Control the embedded server from a terminal: `python -m helpers start | stop | status`."""

import sys

from helpers import configured_server, server
from helpers.data_folder import ServerError


def main() -> None:
    """Start the server, stop it or print its status, depending on the command line."""
    match sys.argv[1:]:
        case ["start"]:
            try:
                print(server.start_server())
            except ServerError as error:
                sys.exit(str(error))
        case ["status"]:
            print(server.status() or f"No tracking server answers at {server.default_url()}.")
        case ["stop"]:
            if not server.EmbeddedServer().stop():
                print("The embedded tracking server is not running.")
                if url := configured_server.configured_url():
                    sys.exit(
                        f"Stop the server at {url} where you started it (docker compose stop)."
                    )
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
