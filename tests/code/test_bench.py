"""tools.bench: what its page says of what it measured."""

from __future__ import annotations

import pytest

from tools import bench


def test_the_ratio_is_that_of_each_turn_and_stand_ins_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = bench.Line("a; b", [1.0, 2.0, 4.0], [3.0, 4.0, 40.0])
    monkeypatch.setattr(bench, "engine_runs", lambda: True)
    monkeypatch.setattr(bench, "stand_ins", lambda: ["postgres:17"])
    page = bench.page([line], 9.6)
    assert "in 10 minutes" in page
    assert "| a; b | 2 s | 4 s | 3 |" in page
    assert "stands in for these images: postgres:17" in page
