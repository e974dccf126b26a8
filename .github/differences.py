"""Print one line for each notebook: which cells differ, and how.

    differences.py report.xml

pytest writes the report with `-vv --junitxml=report.xml`. Only a cell's first difference is shown.
"""

import re
import sys
from collections import defaultdict
from xml.etree import ElementTree

CELL = re.compile(r"In \[(\d+)\] of (\S+): ([^\n]*)")
# pytest's comparison: a plus marks the stored output, a minus the new one.
CHANGE = re.compile(r"mismatch '(\S+)'.*?^ +- (.*?)$.*?^ +\+ (.*?)$", re.S | re.M)


def main() -> None:
    """Print a line for each notebook with a failed cell."""
    differences = defaultdict(list)
    for failure in ElementTree.parse(sys.argv[1]).iter("failure"):
        message = failure.text or ""
        if cell := CELL.search(message):
            differences[cell[2]].append(f"In [{cell[1]}] {difference(message) or cell[3]}")
    for name, cells in differences.items():
        print(f"{name}: {len(cells)} cells differ: {'; '.join(cells)[:500]}")


def difference(message: str) -> str:
    """Return the first line that differs, or an empty string if the cell raised an error."""
    change = CHANGE.search(message)
    return f"{change[1]}: {change[3].strip()!r} became {change[2].strip()!r}" if change else ""


if __name__ == "__main__":
    main()
