"""Names the parent, but logs to whichever run is active."""

import asyncio

import mlflow


async def train(x):
    await asyncio.sleep(x / 10)
    return 10 * x


async def from_coroutines(name, xs):
    async def log_trial(x):
        with mlflow.start_run(nested=True, parent_run_id=parent.info.run_id):
            mlflow.log_param("x", x)
            mlflow.log_metric("score", await train(x))

    with mlflow.start_run(run_name=name) as parent:
        await asyncio.gather(*map(log_trial, xs))
