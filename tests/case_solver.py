"""Solve a case of lesson 15 as a student can: from a table of its runs alone."""

from __future__ import annotations

import pandas as pd

SWEEPS = ("tuning", "more tuning")


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
