"""Each case has one solution, which a search of the server finds, and no shortcut does."""

from __future__ import annotations

from typing import Any

import pandas as pd

from exercises.accuse.casebook import TABLE, Case, case_of
from tests.case_solver import SWEEPS, solve

SEEDS = [f"student {number}" for number in range(200)]


def searched(case: Case) -> pd.DataFrame:
    """What `mlflow.search_runs` gives, with names for run IDs."""
    rows = []
    for experiment, runs in case.runs.items():
        for run in runs:
            start = run.minute * 60
            row = {"experiment": experiment, "run": run.name, "status": run.status, "start": start}
            row |= {"end": start + run.seconds, "parent": run.parent}
            for kind in ("params", "metrics", "tags"):
                values: dict[str, Any] = getattr(run, kind)
                row |= {f"{kind}.{name}": value for name, value in values.items()}
            rows.append(row)
    return pd.DataFrame(rows)


def shortcuts(runs: pd.DataFrame, case: Case) -> set[str]:
    """The runs that somebody would name who does not look closely."""
    score, child = "metrics.metric1", runs[runs["parent"] != ""]
    tags = runs.filter(like="tags.").columns
    season = child[child["experiment"].isin(SWEEPS)]
    done = season[season["status"] == "FINISHED"]
    everywhere = (runs, child, season, done)
    picked = {table.loc[table[score].idxmin(), "run"] for table in everywhere}
    picked |= {table.loc[table[score].idxmax(), "run"] for table in everywhere}
    picked |= {table.loc[table["start"].idxmax(), "run"] for table in everywhere}
    for _, table in done.groupby("params.data"):
        picked.add(table.loc[table[score].idxmin(), "run"])
    odd = [runs.loc[runs[tag].notna(), "run"] for tag in tags]
    picked |= {found.iloc[0] for found in odd if len(found) == 1}
    picked |= {case.versions[-1], *(case.evidence.get("orphan", ()))}
    return picked


def test_a_search_of_the_server_solves_200_cases_and_no_shortcut_does() -> None:
    solutions, versions, hours = set(), set(), set()
    for seed in SEEDS:
        case = case_of(seed)
        runs = searched(case)
        assert runs["run"].is_unique
        planned = runs.set_index("run")["params.planned"].dropna().astype(int)
        assert (runs.groupby("parent").size().reindex(planned.index) <= planned).all(), seed
        model, culprit, winner, leads = solve(runs, case.versions[-1])
        assert (model, culprit, winner) == (case.model, case.culprit, case.sound[0]), seed
        assert leads.keys() == case.evidence.keys(), seed
        assert len(leads) == 8
        assert all(found <= case.evidence[lead] for lead, found in leads.items()), seed
        picked = shortcuts(runs, case)
        assert not picked & {model, winner}, seed
        solutions.add((model, winner, *sorted(leads)))
        versions.add(case.versions.index(model))
        hours.add(runs.set_index("run")["start"][model] // 60 % TABLE["minutes"])
    assert len(solutions) == len(SEEDS)
    assert len(versions) == 2  # neither the version's number
    assert len(hours) == 5  # nor the place of a missing child is the same in each case
