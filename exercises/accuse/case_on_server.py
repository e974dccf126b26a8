"""Write a case to the tracking server, and remove it again.

The tag `case` of its last experiment names the seed once everything is written. If the server goes
away before that, the next `open_case` removes what is there and writes the case anew.
"""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from mlflow import MlflowClient
from mlflow.entities import Experiment
from mlflow.exceptions import MlflowException

from exercises.accuse.casebook import TABLE, case_of
from exercises.engine.check_store import log_prepared_run
from helpers import failed_cell, links, tracking


@dataclass(frozen=True)
class OpenedCase:
    """A case on the server. A notebook shows links to all that the team left behind."""

    seed: str
    experiment_ids: dict[str, str]  # by the experiment's name in the story
    model: str  # name of the registered model

    def _links(self) -> list[links.Link]:
        pages = {name: f"experiments/{known}/runs" for name, known in self.experiment_ids.items()}
        shown = [links.Link(name, links.page(page)) for name, page in pages.items()]
        return [*shown, links.model_link("the registered model", self.model)]

    def __repr__(self) -> str:
        return f"The case of {self.seed!r} (links, once this cell has run here)"

    def _repr_html_(self) -> str:
        return " · ".join(link._repr_html_() for link in self._links())


def open_case(seed: str = "practice") -> OpenedCase:
    """Write a case to the server, unless it is there already, in place of any other case.

    Args:
        seed: your name, or any word: another seed is another case.

    Raises:
        ServerUnreachable: no working tracking server answers, or it went away.
        ValueError: the seed has no letter and no digit.
    """
    if not any(map(str.isalnum, str(seed))):
        raise ValueError(f"A case needs a seed, such as your name; got {seed!r}.")
    tracking.use_server()
    client, model = MlflowClient(), tracking.prefixed("The case")
    if not client.tracking_uri.startswith("http"):  # in grading, where only names are judged
        return OpenedCase(str(seed), {}, model)
    try:
        known = _experiments(client)
        active = [experiment for experiment in known if experiment.lifecycle_stage == "active"]
        complete = len(active) == len(TABLE["experiments"])
        if not complete or active[-1].tags.get("case") != str(seed):
            close_case()
            _write(client, str(seed), model)
            known = _experiments(client)
    except MlflowException as error:
        raise failed_cell.in_a_sentence(error, "opening of the case") from None
    os.environ["CASE_SEED"] = str(seed)  # `accuse` is judged by it
    ids = [experiment.experiment_id for experiment in known]
    return OpenedCase(str(seed), dict(zip(TABLE["experiments"], ids, strict=True)), model)


def close_case() -> None:
    """Remove the case from the server, even if it is incomplete.

    Raises:
        ServerUnreachable: no working tracking server answers.
    """
    tracking.use_server()
    client = MlflowClient()
    os.environ.pop("CASE_SEED", None)
    for known in _experiments(client):
        if known.lifecycle_stage == "deleted":  # only by hand; it keeps its name
            client.restore_experiment(known.experiment_id)
        client.rename_experiment(known.experiment_id, f"{known.name} {uuid.uuid4().hex[:12]}")
        client.delete_experiment(known.experiment_id)
    try:
        client.delete_registered_model(tracking.prefixed("The case"))
    except MlflowException as error:
        # A server with accounts denies access to a model that does not exist.
        if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "PERMISSION_DENIED"}:
            raise


def _experiments(client: MlflowClient) -> list[Experiment]:
    names = (tracking.prefixed(f"The case: {name}") for name in TABLE["experiments"])
    return [known for known in map(client.get_experiment_by_name, names) if known]


def _write(client: MlflowClient, seed: str, model: str) -> None:
    """Write a case: the runs first, several at a time, then the model, then that it is complete."""
    case, run_ids = case_of(seed), dict[str, str]()
    with ThreadPoolExecutor(8) as pool:
        for name in TABLE["experiments"]:
            where = client.create_experiment(tracking.prefixed(f"The case: {name}"))
            for generation in (False, True):  # parents first
                runs = [run for run in case.runs[name] if bool(run.parent) is generation]
                parents = [run.parent and run_ids.get(run.parent, uuid.uuid4().hex) for run in runs]
                logged = pool.map(partial(log_prepared_run, client, where), runs, parents)
                run_ids |= {run.label: run_id for run, run_id in zip(runs, logged, strict=True)}
    client.create_registered_model(model)
    for label in case.versions:
        source = f"{client.get_run(run_ids[label]).info.artifact_uri}/model"
        version = client.create_model_version(model, source, run_ids[label])
    client.set_registered_model_alias(model, "champion", version.version)
    client.set_experiment_tag(where, "case", seed)
