"""The case of lesson 15 on a server of its own, which stops while the case is written."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import mlflow
import pytest
from mlflow import MlflowClient

from exercises.accuse.case_on_server import OpenedCase, close_case, open_case
from exercises.accuse.casebook import case_of
from helpers.server import EmbeddedServer
from helpers.tracking import ServerUnreachable
from tests.case_solver import solve


def count_runs() -> int:
    experiments = MlflowClient().search_experiments(filter_string="name LIKE 'The case%'")
    ids = [experiment.experiment_id for experiment in experiments]
    return len(mlflow.search_runs(ids, output_format="list")) if ids else 0


def assert_is_solvable(opened: OpenedCase) -> None:
    """Solve the case with what a search of the server returns, as a student does."""
    runs = mlflow.search_runs([*opened.experiment_ids.values()], max_results=5000)
    experiments = {known: name for name, known in opened.experiment_ids.items()}
    names = runs.set_index("run_id")["tags.mlflow.runName"]
    runs["run"] = names.to_numpy()
    runs["experiment"] = runs["experiment_id"].map(experiments)
    parents = runs["tags.mlflow.parentRunId"].fillna("")
    runs["parent"] = parents.map(names).fillna(parents)  # an orphan's has no name
    for column, time in (("start", "start_time"), ("end", "end_time")):
        runs[column] = runs[time].astype("datetime64[s, UTC]").astype("int64")
    champion = MlflowClient().get_model_version_by_alias(opened.model, "champion")
    case = case_of(opened.seed)
    model, culprit, winner, leads = solve(runs, names[champion.run_id])
    assert (model, culprit, winner) == (case.model, case.culprit, case.sound[0])
    assert leads.keys() == case.evidence.keys()


def test_a_case_that_a_stopped_server_left_incomplete_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = EmbeddedServer(tmp_path)
    server.start()
    before = mlflow.get_tracking_uri()
    for name in ("EXPERIMENT_PREFIX", "CASE_SEED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    number = sum(map(len, case_of("practice").runs.values()))

    def stop_after_some_runs() -> None:
        while count_runs() < 20:
            pass
        server.stop()

    try:
        mlflow.set_tracking_uri(server.url)
        stopper = Thread(target=stop_after_some_runs)
        stopper.start()
        with pytest.raises(ServerUnreachable, match="opening of the case"):
            open_case()
        stopper.join()
        server.start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
        mlflow.set_tracking_uri(server.url)
        assert 20 <= count_runs() < number
        opened = open_case()
        assert count_runs() == number
        assert_is_solvable(opened)
        assert open_case().experiment_ids == opened.experiment_ids  # it is complete
        close_case()
        assert MlflowClient().search_experiments(filter_string="name LIKE 'The case%'") == []
    finally:
        mlflow.set_tracking_uri(before)
        server.stop()
