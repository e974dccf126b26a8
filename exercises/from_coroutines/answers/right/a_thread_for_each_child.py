"""Opens each child in a thread, which has its own active runs."""

import asyncio

import mlflow


async def train(x):
    await asyncio.sleep(x / 10)
    return 10 * x


async def from_coroutines(name, xs):
    def log_trial(x, **where):
        with mlflow.start_run(nested=True, **where):
            mlflow.log_param("x", x)
            mlflow.log_metric("score", asyncio.run(train(x)))

    with mlflow.start_run(run_name=name) as parent:
        info = parent.info
        where = {"parent_run_id": info.run_id, "experiment_id": info.experiment_id}
        await asyncio.gather(*(asyncio.to_thread(log_trial, x, **where) for x in xs))
