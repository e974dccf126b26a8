"""Keep the first answer to each question as a child run in the experiment *My progress*.

Their parent run has each answer as a tag, so a reader needs only that run. `COURSE_PROGRESS=off`
keeps nothing.
"""

from __future__ import annotations

import os
import time

from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException

from exercises.attempt_log import EXPERIMENT, find_parent
from exercises.predictions.questions import Choice, Question, all_questions
from helpers.configured_server import probe
from helpers.failed_cell import ServerUnreachable
from helpers.read_runs import PARENT_TAG
from helpers.tracking import find_experiment

_PARENT = {"kind": "predictions"}
FIRST, AGAIN = "first.", "again."  # before a question's name: the tag with the answer


def keep(tag: str, choice: Choice) -> str:
    """Log an answer, unless there is one already; return a sentence if the server refuses it.

    Keeps nothing if no server answers, or if the kernel has not been connected to one.

    Args:
        tag: `FIRST` or `AGAIN`, and the name of the question.
        choice: the answer.
    """
    # Without this address, nobody has chosen a server: the usual port may be somebody else's.
    url = os.environ.get("MLFLOW_TRACKING_URI", "")
    if os.environ.get("COURSE_PROGRESS") == "off" or not url.startswith("http"):
        return ""
    try:
        probe(url)
        client = MlflowClient(url)
        parent = find_parent(client, _PARENT)
        if tag in parent.data.tags:
            return ""
        tags = {PARENT_TAG: parent.info.run_id, "choice": choice.text}
        tags["right"] = str(choice.right).lower()
        child = client.create_run(parent.info.experiment_id, run_name=tag, tags=tags)
        client.set_terminated(child.info.run_id)
        checked = Metric("checked", time.time(), int(time.time() * 1000), 0)
        client.log_batch(parent.info.run_id, [checked], tags=[RunTag(tag, choice.text)])
    except ConnectionError:  # no server answers
        pass
    except MlflowException as error:
        return f" (Your answer was not kept: {error.message.splitlines()[0]})"
    return ""


def read_answers() -> dict[str, str]:
    """Return this student's answers by tag; none if nothing is kept or no server answers."""
    if os.environ.get("COURSE_PROGRESS") == "off":
        return {}
    try:
        where = [find_experiment(EXPERIMENT).experiment_id]
    except (LookupError, ServerUnreachable):
        return {}
    [(key, value)] = _PARENT.items()
    runs = MlflowClient().search_runs(where, f"tags.{key} = '{value}'", max_results=1)
    return runs[0].data.tags if runs else {}


def to_ask_again(page: str) -> str | None:
    """Return the first question of a page that was wrong and has not come back, or None.

    Args:
        page: the number of an earlier page, such as `02`.
    """
    answers = read_answers()
    names = [name for name in _wrong(answers, FIRST) if AGAIN + name not in answers]
    return next((name for name in names if all_questions()[name].page.startswith(page)), None)


def wrong_twice() -> list[Question]:
    """Return the questions that this student had wrong, and then wrong again."""
    answers = read_answers()
    again = _wrong(answers, AGAIN)
    return [all_questions()[name] for name in _wrong(answers, FIRST) if name in again]


def _wrong(answers: dict[str, str], tag: str) -> list[str]:
    questions = all_questions().items()
    return [name for name, question in questions if question.is_wrong(answers.get(tag + name))]
