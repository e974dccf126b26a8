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
    given = parser.parse_args()
    if given.action != "start" and not given.folder.name:
        parser.error("say which folder has the dump: TO=FOLDER, or FROM=FOLDER")
    server = SharedServer()
    try:
        if given.action == "start":
            server.start()
            print(
                "The shared server is running. The admin's password is in",
                server.settings,
            )
        elif given.action == "dump":
            dump(server, given.folder)
            print(f"The dump is in {given.folder}.")
        else:
            restore(server, given.folder)
            print(f"The shared server now has the data from {given.folder}.")
    except SharedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
