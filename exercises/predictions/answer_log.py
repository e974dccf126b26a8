"""Keep the first answer to each question as a child run in the experiment *My progress*.

Their parent run has each answer as a tag, so a reader needs only that run. `COURSE_PROGRESS=off`
keeps nothing.
"""

import os
from contextlib import suppress

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from exercises.attempt_log import EXPERIMENT, find_parent
from exercises.predictions.questions import Choice, Question, all_questions
from helpers.configured_server import probe
from helpers.read_runs import PARENT_TAG
from helpers.tracking import find_experiment

FIRST, AGAIN = "first.", "again."  # before a question's name: the tag with the answer


def keep(tag: str, choice: Choice) -> str:
    """Log an answer, unless there is one already; return what to say to it.

    Args:
        tag: `FIRST` or `AGAIN`, and the name of the question.
        choice: the answer.
    """
    try:
        if client := _client():
            parent = find_parent(client, {"kind": "predictions"})
            run_id = parent.info.run_id
            if tag not in parent.data.tags:
                tags = {PARENT_TAG: run_id, "choice": choice.text, "right": str(choice.right)}
                child = client.create_run(parent.info.experiment_id, run_name=tag, tags=tags)
                client.set_terminated(child.info.run_id)
                client.log_metric(run_id, "checked", 1)  # `make class` reads runs that have it
                client.set_tag(run_id, tag, choice.text)
    except MlflowException as error:
        return f"{choice.reason} (Your answer was not kept: {error.message.splitlines()[0]})"
    return choice.reason


def wrong_twice() -> list[Question]:
    """Return the questions that this student had wrong, and then wrong again."""
    answers = read_answers()
    return [
        question
        for name, question in all_questions().items()
        if all(question.is_wrong(answers.get(tag + name)) for tag in (FIRST, AGAIN))
    ]


def read_answers() -> dict[str, str]:
    """Return this student's answers by tag; none if nothing is kept."""
    with suppress(LookupError, ConnectionError):
        if client := _client():
            where = find_experiment(EXPERIMENT).experiment_id
            for run in client.search_runs([where], "tags.kind = 'predictions'", max_results=1):
                return run.data.tags
    return {}


def _client() -> MlflowClient | None:
    """Return a client, or None if answers are not kept, or no server has been chosen or answers."""
    # Without this address, nobody has chosen a server: the usual port may be somebody else's.
    url = os.environ.get("MLFLOW_TRACKING_URI", "")
    if os.environ.get("COURSE_PROGRESS") != "off" and url.startswith("http"):
        with suppress(ConnectionError):
            probe(url)
            return MlflowClient(url)
    return None
