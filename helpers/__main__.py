"""The embedded tracking server from a terminal: `python -m helpers start | stop | status`."""

import sys

from helpers import address, data_folder, server


def main() -> None:
    """Start or stop the server, or say how it is, as the command line says."""
    match sys.argv[1:]:
        case ["start"]:
            try:
                print(server.start_server())
            except data_folder.ServerError as error:
                sys.exit(str(error))
        case ["status"]:
            print(server.status() or f"No tracking server answers at {server.default_url()}.")
        case ["stop"]:
            if not server.EmbeddedServer().stop():
                print("The embedded tracking server does not run.")
                if url := address.named_url():
                    sys.exit(f"End the one at {url} where it was started (docker compose stop).")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
