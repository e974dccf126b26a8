"""Each exercise's check on right and wrong answers, and on the starter.

They log to a file, as in grading: without a server, hundreds of them take two minutes. Some wrong
ones are checked on the tracking server as well. The lessons' own solutions are checked there, by
nbval, and by `make grade`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from shutil import copy, rmtree
from sqlite3 import connect
from tempfile import mkdtemp

import mlflow
import pytest
from mlflow import MlflowClient
from sqlalchemy import Engine, event

from classroom.grading.submission_store import EXPERIMENTS, FILE, create_experiments
from classroom.sandbox.inside import set_up
from exercises.engine.calling import perform
from exercises.engine.check_store import CheckStore
from exercises.engine.report import Report
from helpers import tracking
from helpers.tracking import Experiment, prefixed
from tests.answers import NAMES, Answer, answers, chosen, exercise, untouched

# MLflow's own, when it first opens a file.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")

STATES = {"right": "solved", "wrong": "wrong", "untouched": "unsolved"}
ALL = [
    answer
    for name in NAMES
    for answer in (untouched(name), *answers(name))
    if answer.name != "original"
]
WRONG = [answer for answer in ALL if answer.kind == "wrong"]


@cache
def empty_store() -> Path:
    """Return a file with the check's two experiments: MLflow takes seconds to create one."""
    folder = Path(mkdtemp())
    create_experiments(folder, str(folder))
    return folder / FILE


@cache
def store(name: str) -> tuple[Path, dict[str, str]]:
    """Return a file with an exercise's runs, and their ids by label; made once."""
    file = Path(copy(empty_store(), mkdtemp()))
    filled = CheckStore(f"sqlite:///{file}", EXPERIMENTS)
    mlflow.set_tracking_uri(filled.uri)  # where MLflow looks for a model to be registered
    filled.add(exercise(name).runs_before(0))
    return file, filled.id_by_label


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file that all answers log to, one after the other; nothing waits for the disk."""
    event.listen(Engine, "connect", set_up)
    gc.freeze()  # or each collection goes through all of MLflow and scikit-learn again
    yield tmp_path_factory.mktemp("answers") / "store.db"
    gc.unfreeze()
    event.remove(Engine, "connect", set_up)


def examined(answer: Answer, file: Path) -> Report:
    """The report on an answer, on a fresh copy of the exercise's runs."""
    uri = f"sqlite:///{file}"
    filled, run_ids = store(answer.exercise)
    rmtree(empty_store().with_name("artifacts"), ignore_errors=True)  # of another answer
    with closing(connect(filled)) as source, closing(connect(file)) as target:
        source.backup(target)  # into the file as it is: MLflow keeps its connections to it
    mlflow.set_tracking_uri(uri)
    scratch = CheckStore(uri, EXPERIMENTS, id_by_label=dict(run_ids))
    function = answer.function()
    return exercise(answer.exercise).examine(lambda call: perform(function, call, "1"), scratch)


@pytest.mark.filterwarnings("ignore:NOISE")
@pytest.mark.parametrize("answer", ALL, ids=[f"{a.exercise}-{a.kind}-{a.name}" for a in ALL])
def test_the_verdict(
    answer: Answer,
    file: Path,
    tracking_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(file.parent)  # artifacts of an experiment of its own go to where it is
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    monkeypatch.setenv("CASE_SEED", "practice")  # the case of the solved page
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")  # at a server that answers may name
    monkeypatch.setattr(tracking, "use_server", lambda: None)  # for helpers that answers call
    try:
        report = examined(answer, file)
    finally:
        mlflow.set_tracking_uri(tracking_uri)
    assert "NOISE" not in repr(report) + capfd.readouterr().out
    assert report.state == STATES[answer.kind]
    if answer.kind == "wrong":
        unmet = report.first_unmet
        assert unmet
        assert unmet.key == answer.caught_by, report
        assert answer.says in "\n".join(unmet.details).replace("*", "")
        assert unmet.finding
        own = unmet.finding.cause in exercise(answer.exercise).words.requirement[unmet.key].cause
        if own or answer.cause:  # of a fact, hints are shared: an answer need not name it
            assert unmet.finding.cause == answer.cause, report


def test_every_requirement_and_cause_has_a_wrong_answer() -> None:
    """A cause in whose words several exercises agree needs one answer in all."""
    words = {name: exercise(name).words.requirement for name in NAMES}
    required = {(name, key) for name in NAMES for key in words[name]}
    assert {(answer.exercise, answer.caught_by) for answer in WRONG} == required
    causes = {
        (key, cause, repr(text))
        for name, key in required
        for cause, text in words[name][key].cause.items()
    }
    known = ((a, words[a.exercise][a.caught_by].cause.get(a.cause)) for a in WRONG)
    assert causes <= {(a.caught_by, a.cause, repr(text)) for a, text in known}


@pytest.mark.parametrize("name", ["best_child", "find_runs", "tune_and_keep"])
def test_on_the_tracking_server_the_verdict_is_the_same(name: str, experiment: Experiment) -> None:
    wrong = chosen(name)[-1]
    unmet = exercise(name).check(wrong.function()).first_unmet
    assert unmet
    assert unmet.key == wrong.caught_by
    named = f"name LIKE '{prefixed('Check of tune_and_keep')}%'"
    assert not MlflowClient().search_registered_models(named)
