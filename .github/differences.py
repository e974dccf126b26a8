"""Say in a line for each notebook which of its cells differ, and how: differences.py report.xml.

The report is pytest's, of `-vv --junitxml=report.xml`. The first line that differs is shown.
"""

import re
import sys
from collections import defaultdict
from xml.etree import ElementTree

CELL = re.compile(r"In \[(\d+)\] of (\S+): ([^\n]*)")
# pytest's comparison of what is stored, which it marks with a plus, and what came.
CHANGE = re.compile(r"mismatch '(\S+)'.*?^ +- (.*?)$.*?^ +\+ (.*?)$", re.S | re.M)


def main() -> None:
    """Print a line for each notebook with a failed cell."""
    found = defaultdict(list)
    for failure in ElementTree.parse(sys.argv[1]).iter("failure"):
        said = failure.text or ""
        if cell := CELL.search(said):
            found[cell[2]].append(f"In [{cell[1]}] {difference(said) or cell[3]}")
    for name, cells in found.items():
        print(f"{name}: {len(cells)} cells differ: {'; '.join(cells)[:500]}")


def difference(said: str) -> str:
    """Return the first line that is another one, or nothing if the cell failed by itself."""
    change = CHANGE.search(said)
    return f"{change[1]}: {change[3].strip()!r} became {change[2].strip()!r}" if change else ""


if __name__ == "__main__":
    main()
