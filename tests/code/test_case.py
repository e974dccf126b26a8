"""Each case has one solution, which a search of the server finds, and no shortcut does."""

from __future__ import annotations

from typing import Any

import pandas as pd

from exercises.accuse.casebook import Case, case_of

SEEDS = [f"student {number}" for number in range(200)]
SWEEPS = ("tuning", "more tuning")


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


def solve(runs: pd.DataFrame, champion: str) -> tuple[str, str, str, dict[str, set[str]]]:
    """Find the model's run, the culprit, the winner, and the runs that each lead leads to."""
    score, parent_of = "metrics.metric1", runs.set_index("run")["parent"]
    by_name = runs.set_index("run")
    child = runs[(runs["parent"] != "") & runs["params.param1"].notna()].copy()
    above = by_name.reindex(child["parent"])
    child["host"] = above["experiment"].to_numpy()
    child["host_tag"] = above["tags.test_identifier"].to_numpy()
    leads: dict[str, set[str]] = {"alias": {champion}}
    leads["orphan"] = {*child.loc[child["host"].isna(), "run"]}
    stray = child["host"].notna() & (child["host"] != child["experiment"])
    leads["stray"] = {*child.loc[stray, "run"]}
    leads["open"] = {*runs.loc[runs["status"] == "RUNNING", "run"]}
    retagged = child["host"].notna() & (child["host_tag"] != child["tags.test_identifier"])
    leads["retagged"] = {*child.loc[retagged, "run"]}
    own = child["tags.log"].str.partition("=")[2].astype(float)
    leads["swapped"] = {*child.loc[child[score].notna() & (own != child[score]), "run"]}
    names = child["metrics.metric_1"].notna() if "metrics.metric_1" in child else own < 0
    leads["two_names"] = {*child.loc[names, "run"]}
    repeats = runs[runs["experiment"] == "repeats"].groupby("tags.repeats")[score].mean()
    leads["lucky"] = {n for n, mean in repeats.items() if mean > by_name[score][n] + 0.1}
    here = child[(child["host"] == child["experiment"]) & (child["status"] == "FINISHED")]
    best = here.sort_values(score).groupby("parent").head(1).set_index("parent")
    sweeps = by_name[by_name["params.planned"].notna()]
    wrong = sweeps.index[sweeps["tags.best_run"] != best["run"].reindex(sweeps.index)]
    leads["second_best"] = {*wrong, *best.loc[wrong, "run"]}
    leads["refined"] = set()
    for name, sweep in sweeps[sweeps["params.refines"].notna()].iterrows():
        coarse = best.loc[sweep["params.refines"]]
        if coarse["params.param1"] not in sweep["params.space"]:
            leads["refined"] |= {name, coarse["run"]}
    production = runs[runs["experiment"] == "production"].sort_values("start").iloc[-1]
    ((_, model),) = child[child["params.digest"] == production["params.digest"]].iterrows()
    counts = child[child["run"] != model["run"]].groupby("parent").size()
    during = (sweeps["start"] <= model["start"]) & (model["start"] < sweeps["end"])
    lacking = counts.reindex(sweeps.index) < sweeps["params.planned"].astype(int)
    data = child[child["run"] != model["run"]].groupby("parent")["params.data"].first()
    robbed = sweeps[during & lacking & (data.reindex(sweeps.index) == model["params.data"])]
    (culprit,) = robbed["tags.mlflow.user"]
    fair = child[child["params.data"] == production["params.data"]].copy()
    fair = fair[fair["experiment"].isin(SWEEPS)]
    if "metrics.metric_1" in fair:
        fair[score] = fair[score].fillna(fair["metrics.metric_1"])
    flawed = ("orphan", "stray", "open", "retagged", "swapped", "lucky")
    fair = fair[~fair["run"].isin(set().union(*(leads[lead] for lead in flawed)))]
    winner = fair.loc[fair[score].idxmin(), "run"]
    assert parent_of[winner]
    return model["run"], culprit, winner, {lead: found for lead, found in leads.items() if found}


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
    solutions = set()
    for seed in SEEDS:
        case = case_of(seed)
        runs = searched(case)
        assert runs["run"].is_unique
        model, culprit, winner, leads = solve(runs, case.versions[-1])
        assert (model, culprit, winner) == (case.model, case.culprit, case.winner), seed
        assert leads.keys() == case.evidence.keys(), seed
        assert len(leads) == 8
        assert all(found <= case.evidence[lead] for lead, found in leads.items()), seed
        picked = shortcuts(runs, case)
        assert not picked & {model, winner}, seed
        solutions.add((model, winner, *sorted(leads)))
    assert len(solutions) == len(SEEDS)
