"""Each exercise's check on right, wrong and untouched answers.

They log to a file, as in grading: without a server, hundreds of them take two minutes. Some of each
exercise are checked on the tracking server as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from sqlite3 import Connection, connect
from tempfile import mkdtemp

import mlflow
import pytest
from mlflow import MlflowClient
from sqlalchemy import Engine, event

from classroom.grading.store import EXPERIMENTS, FILE, make
from exercises.engine.calling import Here
from exercises.engine.report import Report, details
from exercises.engine.scratch import Scratch
from exercises.engine.world import World, log
from helpers import tracking
from tests.answers import NAMES, Answer, answers, exercise

# MLflow's own, when it first opens a file.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")

ALL = [answer for name in NAMES for answer in answers(name)]


def each(kind: str) -> pytest.MarkDecorator:
    """Give a test every answer of a kind."""
    chosen = [answer for answer in ALL if answer.kind == kind]
    return pytest.mark.parametrize(
        "answer", chosen, ids=[f"{answer.exercise}-{answer.name}" for answer in chosen]
    )


@cache
def store(name: str) -> tuple[Path, World]:
    """Return a file with an exercise's runs, and these; made once."""
    folder = Path(mkdtemp())
    make(folder, str(folder))
    file = folder / FILE
    client = MlflowClient(f"sqlite:///{file}")
    mlflow.set_tracking_uri(client.tracking_uri)  # where MLflow looks for a model to be registered
    return file, log(client, EXPERIMENTS, World(), exercise(name).first_runs)


@pytest.fixture(scope="module", autouse=True)
def quick_and_unsafe() -> Iterator[None]:
    """Let no connection wait for the disk, and none for a server that answers may name."""

    def hurry(connection: Connection, _: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")

    event.listen(Engine, "connect", hurry)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        yield
    event.remove(Engine, "connect", hurry)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that all answers log to, one after the other."""
    return tmp_path_factory.mktemp("answers") / "store.db"


@pytest.fixture
def examined(file: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Report]:
    """The report on an answer."""
    made, uri, before = exercise(answer.exercise), f"sqlite:///{file}", mlflow.get_tracking_uri()
    monkeypatch.chdir(file.parent)  # artifacts of an experiment of its own go to where it is
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setattr(tracking, "use_server", lambda: None)  # for helpers that answers call
    filled, world = store(answer.exercise)
    with closing(connect(filled)) as source, closing(connect(file)) as target:
        source.backup(target)  # into the file as it is: MLflow keeps its connections to it
    mlflow.set_tracking_uri(uri)
    scratch = Scratch(uri, EXPERIMENTS, world=world)
    yield made.examine(Here(answer.function(), uri, "1"), scratch)
    mlflow.set_tracking_uri(before)


@pytest.mark.filterwarnings("ignore:NOISE")
@each("right")
def test_right(answer: Answer, examined: Report, capfd: pytest.CaptureFixture[str]) -> None:
    assert examined.passed, examined
    assert "NOISE" not in repr(examined) + capfd.readouterr().out


@each("wrong")
def test_wrong(answer: Answer, examined: Report) -> None:
    assert examined.state == "wrong", examined
    unmet = examined.first_unmet
    assert unmet
    assert unmet.key == answer.caught_by, examined
    assert answer.says in "\n".join(details(unmet)).replace("*", "")
    assert unmet.finding
    assert unmet.finding.cause == answer.cause, examined


@each("untouched")
def test_untouched(answer: Answer, examined: Report) -> None:
    assert examined.state == "unsolved", examined
    assert "there yet" in repr(examined)


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_and_cause_has_a_wrong_answer(name: str) -> None:
    wrong = [answer for answer in ALL if (answer.exercise, answer.kind) == (name, "wrong")]
    words = exercise(name).words.requirement
    assert {answer.caught_by for answer in wrong} == set(words)
    causes = {(key, cause) for key, words in words.items() for cause in words.cause}
    assert {(answer.caught_by, answer.cause) for answer in wrong if answer.cause} == causes


@pytest.mark.parametrize("name", NAMES)
def test_on_the_tracking_server_the_verdicts_are_the_same(name: str) -> None:
    made = {(answer.kind, answer.name): answer for answer in answers(name)}
    wrong = next(a for a in made.values() if a.kind == "wrong" and a.caught_by == last_key(name))
    assert exercise(name).check(made["right", "original"].function()).passed
    unmet = exercise(name).check(wrong.function()).first_unmet
    assert unmet
    assert unmet.key == wrong.caught_by
    assert exercise(name).check(made["untouched", "starter"].function()).state == "unsolved"


def last_key(name: str) -> str:
    """The key of an exercise's last requirement."""
    return [*exercise(name).words.requirement][-1]
