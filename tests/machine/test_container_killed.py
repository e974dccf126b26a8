"""A tracking server in a container that is killed in the middle of a tuning, and comes back."""

from __future__ import annotations

import os
import threading
import time
import uuid

import mlflow
import pytest

from helpers import children, connect, execute_tuning
from helpers.server import EmbeddedServer, settings
from tests.shared import skip_without_container
from tools.containers import compose, throw_away
from tools.servers import free_url


def test_a_tuning_goes_on_when_the_server_comes_back(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_without_container()
    project, url = f"course-crash-{uuid.uuid4().hex[:8]}", free_url()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "6")
    try:
        compose(project, "up", "--detach", "--wait", url=url)
        with pytest.MonkeyPatch.context() as student:  # root's is the port, and the course's all
            student.setattr(os, "getuid", lambda: 20001, raising=False)
            assert not settings.is_foreign(EmbeddedServer(url=url).port)
        try:
            parent_id = tune_through_a_crash(project, url)
        except mlflow.MlflowException as error:
            # The kill hit an answer in its middle, which MLflow does not ask for again. Seen once.
            if "Connection broken" not in str(error):
                raise
            parent_id = tune_through_a_crash(project, url)
        family = children(parent_id)
        assert mlflow.get_run(parent_id).info.status == "FINISHED"
    finally:
        throw_away(project)
        mlflow.set_tracking_uri(tracking_uri)
    # A request that was cut off after its work was done is sent again: a run may be there twice,
    # the first of the two unfinished.
    done = family[family["status"] == "FINISHED"]
    assert len(done) == 60
    assert len(family) <= 61
    columns = ["params.param1", "params.param2", "metrics.metric1", "metrics.metric2"]
    assert done[[*columns, "tags.test_identifier"]].notna().all(axis=None)


def tune_through_a_crash(project: str, url: str) -> str:
    """Tune, kill the server when five children have finished, and start it again."""
    experiment = connect(f"comes back {uuid.uuid4().hex[:4]}")
    failures: list[BaseException] = []

    def crash() -> None:
        client, ids = mlflow.MlflowClient(), [experiment.experiment_id]
        try:
            while len(client.search_runs(ids, "attributes.status = 'FINISHED'")) < 5:
                time.sleep(0.05)
            compose(project, "kill", "--signal", "SIGKILL", url=url)
            compose(project, "up", "--detach", "--wait", url=url)
        except BaseException as error:
            failures.append(error)

    crasher = threading.Thread(target=crash)
    crasher.start()
    try:
        return execute_tuning(0, num_child_runs=60)
    finally:
        crasher.join()
        assert failures == []
