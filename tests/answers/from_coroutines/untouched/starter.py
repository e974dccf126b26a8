"""The starter of the notebook."""

import asyncio


async def train(x):
    await asyncio.sleep(x / 10)
    return 10 * x


async def from_coroutines(name, xs):
    """Log a parent and, from coroutines, a child for each x."""
