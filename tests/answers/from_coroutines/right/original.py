"""The solution of the notebook."""

import asyncio

import mlflow
from mlflow import MlflowClient


async def train(x):
    await asyncio.sleep(x / 10)
    return 10 * x


async def from_coroutines(name, xs):
    """Log a parent and, from coroutines, a child for each x."""
    client = MlflowClient()
    with mlflow.start_run(run_name=name) as parent:
        where = parent.info.experiment_id
        tags = {"mlflow.parentRunId": parent.info.run_id}

        async def log_trial(x):
            child = client.create_run(where, tags=tags, run_name=f"trial_{x}")
            client.log_param(child.info.run_id, "x", x)
            client.log_metric(child.info.run_id, "score", await train(x))
            client.set_terminated(child.info.run_id)

        await asyncio.gather(*map(log_trial, xs))
