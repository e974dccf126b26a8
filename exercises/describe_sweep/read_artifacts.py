"""Read the artifacts of a run, as plain data, after the student's function has logged them."""

from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import numpy as np
from matplotlib.image import imread
from mlflow import MlflowClient


def read(run_id: str) -> dict[str, Any]:
    """Return what a run's artifacts are.

    Args:
        run_id: the run's ID.

    Returns:
        `files`, their paths; `table`, the content of `children.json`; `colors`, how many colors
        `metric1.png` has. The last two are missing if there is no such file.
    """
    client = MlflowClient()
    files = [file.path for file in client.list_artifacts(run_id)]
    artifacts: dict[str, Any] = {"files": files}
    if "children.json" in files:
        artifacts["table"] = mlflow.artifacts.load_dict(f"runs:/{run_id}/children.json")
    if "metric1.png" in files:
        with TemporaryDirectory() as folder:
            image = imread(client.download_artifacts(run_id, "metric1.png", folder), format="png")
        artifacts["colors"] = len(np.unique(image.reshape(-1, image.shape[-1]), axis=0))
    return artifacts
