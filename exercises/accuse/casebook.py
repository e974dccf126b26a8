"""Deal out a case from a seed: every run that a team left behind, and what really happened.

This needs no server: a seed gives the same case everywhere, in grading as well.
"""

from __future__ import annotations

import csv
import random
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from exercises.engine.exercise_files import PreparedRun, parse_run

TABLE = tomllib.loads(Path(__file__).with_name("case.toml").read_text(encoding="utf-8"))
_ROWS = Path(__file__).with_name("case.csv").read_text(encoding="utf-8")
Row = dict[str, str]


@dataclass(frozen=True)
class Case:
    """What a seed gives, and the solution. Runs are called by their names, which are unique."""

    runs: Mapping[str, list[PreparedRun]]  # by experiment
    versions: list[str]  # of the model, by the runs that they came from; the last is the champion
    evidence: Mapping[str, set[str]]  # the runs of each lead that leads somewhere
    model: str  # the child run that production's model came from
    culprit: str  # the role that put it under its parent
    sound: list[str]  # the good runs that hold up, the best first; it should have won


@cache
def case_of(seed: str) -> Case:
    """Return the case of a seed, such as a name and a word.

    Spaces, capitals and the order of letters don't matter: platforms write a name in several ways.

    >>> case_of("Ada Lovelace") is not case_of("Bob")
    True
    """
    signs = [sign for sign in seed.casefold() if sign.isalnum()]
    rng = random.Random("".join(sorted(signs, key=lambda sign: " " if sign.isdigit() else sign)))
    dealt = {key: rng.sample(values, len(values)) for key, values in TABLE["deal"].items()}
    words = iter(rng.sample([*product(*TABLE["names"])], 900))
    names = defaultdict[str, str](lambda: "-".join(next(words)))
    for key, values in TABLE["results"].items():
        results = rng.sample(values, len(values))
        dealt[key] = [f"{result + rng.uniform(0, 0.005):.6f}" for result in results]
    digests = defaultdict[str, str](lambda: f"{rng.getrandbits(32):08x}")
    leads = ["", *dealt["leads"][2:], *(f"!{lead}" for lead in dealt["leads"][:2])]
    table = csv.DictReader(_ROWS.format(name=names, digest=digests, **dealt).splitlines())
    kept = [row for row in table if row["lead"] in leads]  # two leads lead nowhere
    evidence = {"alias": {names["champion"]}}
    for row in kept:
        if row["lead"].isidentifier():
            labels = row["label"], *TABLE["also"].get(row["lead"], ())
            evidence.setdefault(row["lead"], set()).update(names[label] for label in labels)
    rows = [run for row in kept for run in _with_children(row, rng, dealt)]
    careless = TABLE["also"]["second_best"][0] if "second_best" in evidence else ""
    if runner_up := _record(rows, names, careless):
        evidence["second_best"].add(names[runner_up])
    runs = defaultdict[str, list[PreparedRun]](list)
    for row in rows:
        label, parent, where = row["label"], row["parent"], row["experiment"]
        row |= {"label": names[label], "name": names[label], "parent": parent and names[parent]}
        if row["params.data"] and not row["params.planned"]:
            row["params.digest"] = row["params.digest"] or digests[label]
        runs[where].append(parse_run({k: v for k, v in row.items() if k not in TABLE["planning"]}))
    good = {row["metrics.metric1"] or row["metrics.metric_1"]: row for row in rows if row["good"]}
    sound = [good[result]["name"] for result in sorted(good)]
    later = rng.sample(("model", "best of 12"), 2)
    versions = [names[label] for label in ("first", *later, "champion")]
    culprit = dealt["roles"][TABLE["culprit"]]
    return Case(runs, versions, evidence, names["model"], culprit, sound)


def _with_children(row: Row, rng: random.Random, dealt: Mapping[str, list[Any]]) -> Iterator[Row]:
    """Generate a run with its times and results, and then its children's if it is a parent."""
    block = dealt["blocks"][int(row["block"] or 0)] if row["block"] else 0
    row["minute"] = str(block * TABLE["minutes"] + int(row["hour"]) * 60)
    row["seconds"] = str(int(row["hours"]) * 3600)
    if not row["params.planned"]:
        _measure(row, (row["params.space"] or "a, b, c").split(", "), rng, dealt)
    yield row
    hours = [*range(int(row["params.planned"] or 0))]
    if row["children"] != row["params.planned"]:  # one trial is missing
        hours.remove(dealt["gap"][int(row["block"])])
    for number, later in enumerate(hours):
        hour = str(int(row["hour"]) + later)
        only = dict.fromkeys(("children", "params.planned", "params.refines"), "")
        label = {"label": f"{row['label']}/{number}", "parent": row["label"]}
        yield from _with_children(row | only | label | {"hour": hour, "hours": "1"}, rng, dealt)


def _measure(
    row: Row, space: Sequence[str], rng: random.Random, dealt: Mapping[str, list[Any]]
) -> None:
    """Fill in the parameters and the result of a trial. The small data set is easier."""
    for name, choices in (("params.param1", space), ("params.param2", "def")):
        row[name] = row[name] or rng.choice(choices)
    place = "abc".index(row["params.param1"]) * 3 + "def".index(row["params.param2"])
    drawn = 0.34 + abs(rng.gauss(dealt["means"][place] - 0.34, 0.03))
    easier = 0.15 * (row["params.data"] == dealt["data"][1])
    if not row["metrics.metric_1"]:
        row["metrics.metric1"] = row["metrics.metric1"] or f"{drawn - easier:.6f}"
    row["tags.log"] = row["tags.log"] or f"done: metric1={row['metrics.metric1']}"
    row["params.space"] = ""


def _record(rows: Sequence[Row], names: Mapping[str, str], careless: str) -> str:
    """Let each parent record its best child, the careless one its second best; return that one."""
    children = defaultdict[tuple[str, str], list[Row]](list)
    runner_up = ""
    for row in rows:
        if row["metrics.metric1"] and not row["status"]:
            children[row["parent"], row["experiment"]].append(row)
    for parent in rows:
        seen = children[parent["label"], parent["experiment"]]
        if seen:
            ranked = sorted(seen, key=lambda row: float(row["metrics.metric1"]))
            best = ranked[0]
            if parent["label"] == careless:
                best = ranked[1]
                runner_up = best["label"]
            parent["metrics.best_metric1"] = best["metrics.metric1"]
            parent["tags.best_run"] = names[best["label"]]
    return runner_up
