"""Makes all children, trains, and then logs: no coroutine of its own."""

import asyncio

import mlflow
from mlflow import MlflowClient


async def train(x):
    await asyncio.sleep(x / 10)
    return 10 * x


async def from_coroutines(name, xs):
    client = MlflowClient()
    with mlflow.start_run(run_name=name) as parent:
        experiment_id, parent_id = parent.info.experiment_id, parent.info.run_id
    made = [client.create_run(experiment_id, tags={"mlflow.parentRunId": parent_id}) for _ in xs]
    for run, x, score in zip(made, xs, await asyncio.gather(*map(train, xs)), strict=True):
        client.log_param(run.info.run_id, "x", x)
        client.log_metric(run.info.run_id, "score", score)
        client.set_terminated(run.info.run_id)
