"""How and where the embedded server runs; docker-compose.yml has the same options and says why."""

import os
import sys
from pathlib import Path

import platformdirs

GUNICORN = (
    "--worker-class gthread --threads 8 --keep-alive 75 --timeout 0 --graceful-timeout 1"
    " --no-control-socket"
)
OPTIONS = ["--workers", "1", "--gunicorn-opts", GUNICORN]
if os.name != "posix":  # Windows has no gunicorn; nobody reads a line a request in the log
    OPTIONS = ["--workers", "1", "--uvicorn-opts", "--no-access-log"]
ENVIRONMENT = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
CHECKOUT = Path(__file__).resolve().parents[2]


def data_dir() -> Path:
    """Return the data folder: `.mlflow/` of the checkout if it is writable, else the user's own."""
    if (CHECKOUT / "pyproject.toml").exists() and os.access(CHECKOUT, os.W_OK):
        return CHECKOUT / ".mlflow"
    return platformdirs.user_data_path("mlflow-parent-child-course", appauthor=False)


def command(port: int, folder: Path) -> list[str]:
    """Return the command that runs the embedded server, for this machine only.

    Args:
        port: where it listens.
        folder: where it keeps its database and its artifacts.
    """
    listen = ["--host", "127.0.0.1", "--port", str(port)]
    keep = ["--backend-store-uri", f"sqlite:///{(folder / 'mlflow.db').as_posix()}"]
    keep += ["--artifacts-destination", str(folder / "artifacts")]
    return [sys.executable, "-m", "mlflow", "server", *listen, *keep, *OPTIONS]
