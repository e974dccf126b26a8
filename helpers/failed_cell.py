"""Clean up after a cell that failed in the middle of a sweep, or lost the tracking server."""

import sys
from types import TracebackType
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from helpers import kernel_errors, server


class ServerUnreachable(ConnectionError):
    """No tracking server answers; the message says what to do."""

    def _render_traceback_(self) -> list[str]:  # IPython shows this instead of a traceback
        return [f"{type(self).__name__}: {self}"]


def end_leftover_runs() -> None:
    """End runs that an earlier cell left active, or could not end, as FAILED; print their names."""
    while (run := mlflow.active_run()) is not None:
        mlflow.end_run("FAILED")
        print(f"An earlier cell left the run {run.info.run_name!r} active. It is now FAILED.")
    for lost in _not_ended():
        MlflowClient().set_terminated(lost.info.run_id, "FAILED")
        print(f"The run {lost.info.run_name!r} could not end without a server. It is now FAILED.")


def _not_ended() -> list[Run]:
    """Return the run that MLflow ended last, and its children, if the server has it as RUNNING."""
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
    """Return the error, or a clearer one if its cause is that the tracking server does not answer.

    Args:
        error: what MLflow raised.
        what: what the error interrupted, such as "cell".
    """
    url = server.default_url()
    no_answer = f"API request to {url}/"  # how MLflow's message begins if a request got no answer
    if not error.message.startswith(no_answer) and server.status():
        return error
    return ServerUnreachable(
        f"The tracking server at {url} went away during the {what}. Finished runs are saved.\n"
        "Start the server again: from helpers import start_server; start_server()\n"
        "Then run the cell with connect(…), which ends open runs, and then this cell again."
    )


def fold_tracebacks() -> None:
    """Make any cell that loses the server say so in a sentence, with the traceback collapsed.

    Errors that `kernel_errors` explains are still explained.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((MlflowException, *kernel_errors.ERRORS), _show)


def _show(
    shell: Any, kind: type, error: BaseException, traceback: TracebackType, **_: object
) -> None:
    if not isinstance(error, MlflowException):
        kernel_errors.show(shell, kind, error, traceback)
        return
    clear = in_a_sentence(error, "cell")
    if clear is not error:
        kernel_errors.fold(error)
    shell.showtraceback((type(clear), clear, traceback))
