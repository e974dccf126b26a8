"""Run the commands of the shared server, which need no packages but Python's own.

`make classroom`, `make classroom-dump TO=FOLDER`, `make classroom-restore FROM=FOLDER`.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from classroom.server.dumps import dump, restore
from classroom.server.shared_server import SharedServer, SharedServerError


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make classroom", description=__doc__)
    parser.add_argument("action", choices=["start", "dump", "restore"])
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="the folder of the dump"
    )
    options = parser.parse_args()
    if options.action != "start" and not options.folder.name:
        parser.error("say which folder has the dump: TO=FOLDER, or FROM=FOLDER")
    server = SharedServer()
    try:
        if options.action == "start":
            server.start()
            print(
                "The shared server is running. The admin's password is in",
                server.settings,
            )
        elif options.action == "dump":
            dump(server, options.folder)
            print(f"The dump is in {options.folder}.")
        else:
            restore(server, options.folder)
            print(f"The shared server now has the data from {options.folder}.")
    except SharedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
