"""Measure everything, in some minutes, and write RESULTS.md; `make bench` runs this."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measure_checks import checks
from benchmarks.measure_children import children, growing
from benchmarks.measure_work import work_and_servers
from benchmarks.report import Section, table, write

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, little of each: to try it out")
    parser.add_argument("--only", choices=["work", "children", "growth", "checks"])
    parser.add_argument("--output", type=Path, help=f"default: {RESULTS.name}; with --quick, none")
    given = parser.parse_args()
    for name in ("SIGINT", "SIGTERM"):  # also where a shell has told us to ignore Ctrl-C
        signal.signal(getattr(signal, name), signal.default_int_handler)
    began = time.monotonic()
    measure: dict[str, Callable[[], Sequence[Section]]] = {
        "work": lambda: work_and_servers(*((1, 1) if given.quick else (3, 5))),
        "children": lambda: [children(*((1, 5) if given.quick else (7, 20)))],
        "growth": lambda: [growing(*((1, 8) if given.quick else (7, 25)))],
        "checks": lambda: [checks(1 if given.quick else 3, whole=not given.quick)],
    }
    sections: list[Section] = []
    for name in [given.only] if given.only else measure:
        print(f"Measuring: {name}", file=sys.stderr, flush=True)
        for section in measure[name]():
            print(section.markdown(), end="\n\n", flush=True)
            sections.append(section)
    goals = [goal.line() for section in sections for goal in section.goals]
    print(table(["goal", "measured", ""], goals))
    output = given.output or (None if given.quick or given.only else RESULTS)
    if output:
        sections.sort(key=lambda section: section.title)
        command = "make bench" if output == RESULTS else "python -m benchmarks"
        write(output, sections, command, (time.monotonic() - began) / 60)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # by now, all that was started has been ended
        sys.exit("Stopped: nothing is left running, and no results are written.")
