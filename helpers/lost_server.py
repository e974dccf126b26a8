"""What becomes of a tuning when a cell fails in its middle, or the tracking server goes away."""

import sys
from types import TracebackType
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from helpers import remedies, server


class ServerUnreachable(ConnectionError):
    """No tracking server answers; the message says what to do."""

    def _render_traceback_(self) -> list[str]:  # IPython shows this instead of a traceback
        return [f"{type(self).__name__}: {self}"]


def end_leftover_runs() -> None:
    """End as FAILED what an earlier cell left active, or could not end, and say so."""
    while (run := mlflow.active_run()) is not None:
        mlflow.end_run("FAILED")
        print(f"The run {run.info.run_name!r} was left active by an earlier cell: ended as FAILED.")
    for lost in _not_ended():
        MlflowClient().set_terminated(lost.info.run_id, "FAILED")
        print(f"The run {lost.info.run_name!r} could not be ended without a server: FAILED now.")


def _not_ended() -> list[Run]:
    """Return the run that MLflow ended last, with its children, if no server heard of it."""
    try:
        last = mlflow.last_active_run()
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "PERMISSION_DENIED"}:  # another server's
            return []
        raise
    if last is None or last.info.status != "RUNNING":
        return []
    family = f"tags.mlflow.parentRunId = '{last.info.run_id}' AND attributes.status = 'RUNNING'"
    return [*MlflowClient().search_runs([last.info.experiment_id], family), last]


def in_a_sentence(error: MlflowException, what: str) -> Exception:
    """Return the error, or a clear one in its place if the tracking server does not answer.

    Args:
        error: what MLflow raised.
        what: what it broke off, such as "cell".
    """
    url = server.default_url()
    no_answer = f"API request to {url}/"  # how MLflow begins if a request got no answer
    if not error.message.startswith(no_answer) and server.status():
        return error
    return ServerUnreachable(
        f"The tracking server at {url} went away during the {what}. What had"
        " finished is kept.\nStart it again: from helpers import start_server; start_server()\n"
        "Then run the cell with connect(…), which ends what was left open, and this one once more."
    )


def fold_tracebacks() -> None:
    """Let a notebook name a lost server in a sentence, in any cell; fold the traceback.

    The errors that have a remedy keep it.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((MlflowException, *remedies.ERRORS), _show)


def _show(
    shell: Any, kind: type, error: BaseException, traceback: TracebackType, **_: object
) -> None:
    if not isinstance(error, MlflowException):
        remedies.show(shell, kind, error, traceback)
        return
    clear = in_a_sentence(error, "cell")
    if clear is not error:
        remedies.fold(error)
    shell.showtraceback((type(clear), clear, traceback))
