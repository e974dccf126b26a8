"""Measure everything, in some minutes, and write RESULTS.md; `make bench` runs this."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import GOALS, Figures, markdown

RESULTS = Path(__file__).with_name("RESULTS.md")


def sections() -> dict[str, Callable[[bool], Figures]]:
    """Return what measures each section, or a little of it, in the order of RESULTS.md."""
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        del os.environ[name]  # it would make the cases differ from a student's first time
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # nobody should hear of these runs
    # They import MLflow, which reads these.
    from benchmarks import checks, children, grading, growth, load, work

    return {
        "work": work.work,
        "children": children.children,
        "servers": work.servers,
        "growth": growth.growth,
        "checks": checks.checks,
        "grading": grading.grading,
        "load": load.load,
    }


def main() -> None:
    """Measure what is asked for; print each section and the goals; write a whole run's results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, little of each: to try it out")
    parser.add_argument("--only", choices=list(GOALS))
    parser.add_argument("--output", type=Path, help=f"default: {RESULTS.name}; with --quick, none")
    given = parser.parse_args()
    began, measured = time.monotonic(), {}
    for name, measure in sections().items():
        if given.only in {None, name}:
            print(f"Measuring: {name}", file=sys.stderr, flush=True)
            measured[name] = measure(given.quick)
            print(markdown("sections", {name: measured[name]}), flush=True)
    print(markdown("goals", measured))
    if output := given.output or (None if given.quick or given.only else RESULTS):
        command = "make bench" if output == RESULTS else "python -m benchmarks"
        minutes, now = (time.monotonic() - began) / 60, f"{datetime.now(UTC):%Y-%m-%d at %H:%M}"
        text = markdown("results", measured, command=command, minutes=minutes, now=now)
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell told us to ignore Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:  # by now, all that was started has been ended
        sys.exit("Stopped: nothing is left running, and no results are written.")
