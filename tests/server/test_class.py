"""What the instructor reads of a class, from the checks that its students have kept."""

from __future__ import annotations

import csv
import math
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from classroom.live import sampler_pairs, state
from classroom.live.export import ANSWERS, CHECKS, PAGE, SUMMARY, export
from exercises.attempt_log import EXPERIMENT
from exercises.nest import exercise
from exercises.predictions import predict
from tests.answers import keep_attempt
from tests.shared import read_one_class

TITLE = exercise.words.requirement["makes_one_parent"].title
ACCEPTS = exercise.words.requirement["accepts_arguments"].title


@pytest.fixture
def prefix(tracking_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The prefix of some students: ada and cem have solved nest, bob is at it, guest on no list."""
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    prefix = uuid.uuid4().hex[:8]
    for student, met, hints in (
        ("ada", 4, 0),
        ("ada", 8, 1),
        ("Ada", 4, 0),
        ("=bob", 2, 0),
        ("=bob", 4, 0),
        ("cem", 8, 0),
        ("cem", 1, 0),
        ("guest", 0, 0),
    ):
        monkeypatch.setenv("EXPERIMENT_PREFIX", f"{prefix}{student}-")
        keep_attempt(met, hints=hints)
        predict("orphans", 1 if student == "ada" else 3)
    yield prefix
    client = MlflowClient()  # other tests read the class that is left
    for experiment in client.search_experiments(filter_string=f"name LIKE '{prefix}%'"):
        client.delete_experiment(experiment.experiment_id)


def test_the_class_is_read_by_its_roster_and_what_a_student_made_up_is_text_or_left_out(
    prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = MlflowClient()
    made_up = client.create_experiment(f"{prefix}<b>-{EXPERIMENT}")
    for name, unmet in (("nest", "<script>"), ("no exercise", ""), ("adopt", "")):
        run = client.create_run(made_up, tags={"exercise": name, "first_unmet": unmet})
        for metric, value in (("checked", 1e308), ("ticked", -math.inf), ("attempts", math.nan)):
            client.log_metric(run.info.run_id, metric, value)
    read_one_class(monkeypatch, prefix)
    seen = state()
    rows = {row["name"]: row["cells"] for row in seen["students"]}
    trying = {"state": "trying", "attempts": 2, "minutes": 0, "at": TITLE}
    assert rows[f"{prefix}=bob"] == {"nest": trying}
    assert rows[f"{prefix}<b>"].keys() == {"nest", "adopt"}
    assert "<script>" not in str(seen)
    at = {title: number for (_, title, _), number in seen["class_is_at"]}
    assert at == {TITLE: 2, ACCEPTS: 1}  # not where cem is, who has solved it

    listed = state([f"{prefix}{name}" for name in ("ADA", "=bob", "eve")])
    *both, bob, eve = listed["students"]  # ada has set two prefixes
    assert {ada["name"]: ada["cells"]["nest"]["state"] for ada in both} == {
        f"{prefix}ada": "solved",
        f"{prefix}Ada": "trying",
    }
    assert bob["cells"]["nest"]["state"] == "trying"
    assert (eve["name"], eve["cells"]) == (f"{prefix}eve", {})
    assert f"{prefix}guest" in [student["name"] for student in listed["not_listed"]]


@pytest.mark.parametrize("names", [True, False])
def test_after_class_there_are_tables_and_a_page(prefix: str, names: bool, tmp_path: Path) -> None:
    folder = tmp_path / "after" / "class"
    assert str(folder / PAGE) in export(folder, [f"{prefix}eve"], names=names)
    rows = read_table(folder / SUMMARY)
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert f"nest: {TITLE}" in page
    assert "Lesson 02: The next cell deletes" in page
    if not names:
        tables = [read_table(folder / name) for name in (CHECKS, ANSWERS)]
        assert prefix not in page + str([rows, *tables])
        return
    ours = {row["student"].removeprefix(prefix): [*row.values()][1:] for row in rows}
    assert ours["ada"] == ["02", "nest", "2", "0", "1", "", "0 of 1"]
    assert ours["=bob"] == ["02", "nest", "2", "0", "0", "makes_one_parent", "1 of 1"]
    assert ours["eve"] == [""] * 7


def test_the_pictures_of_two_classes(prefix: str, tmp_path: Path) -> None:
    """Each class has the same checks, so all counts of the first are doubled."""
    earlier, now = tmp_path / "last year", tmp_path / "now"
    for folder, others in ((earlier, ()), (now, (earlier,))):
        export(folder, earlier=others)
    counts = [
        re.findall(
            rf"<b>(\d+)</b> <span>nest: {TITLE}", (folder / PAGE).read_text(encoding="utf-8")
        )
        for folder in (earlier, now)
    ]
    assert [int(count) * 2 for count in counts[0]] == [int(count) for count in counts[1]]
    with pytest.raises(FileNotFoundError, match="Name folders that make class EXPORT"):
        export(now, earlier=[tmp_path])


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_pairs_of_a_class_are_summed_up(
    tracking_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"Pairs {uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(sampler_pairs, "EXPERIMENT", name)
    assert sampler_pairs.read_pairs() == []
    client = MlflowClient()
    ids = [client.create_experiment(f"{student}-{name}") for student in ("ada", "bob")]

    def log(experiment: int, seed: int, gain: float, status: str = "FINISHED") -> None:
        tags = {"study": "samplers", "seed": str(seed)}
        run_id = client.create_run(ids[experiment], tags=tags).info.run_id
        for metric in sampler_pairs.GAINS:
            client.log_metric(run_id, metric, gain)
        client.set_terminated(run_id, status)

    for seed, gain in enumerate([2, 2, 2, 2, 0, 0, -1, -1, 2]):
        log(seed % 2, seed, gain)
    log(1, 0, 2)  # a seed that somebody else has, too
    log(0, 100, 1e9)  # no sweep has that gain
    log(0, 101, 1, "FAILED")
    text = sampler_pairs.read_pairs()[0]["text"]
    assert text == "9 pairs: TPE 5, tied 2, random 2. TPE's mean gain is +0.9."
    log(1, 102, 1)
    best = sampler_pairs.read_pairs()[0]
    assert best["text"].startswith("10 pairs: TPE 6, tied 2, random 2.")
    assert best["interval"] == pytest.approx([0.09, 1.71], abs=0.01)
    for experiment_id in ids:
        client.delete_experiment(experiment_id)
