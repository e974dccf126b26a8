"""The shared server when a hundred students do the same thing at the same moment."""

from __future__ import annotations

import pytest

from tools.a_class import STUDENTS, all_at_once, by_account, with_accounts
from tools.bench import in_a_process
from tools.containers import engine_runs, missing_images


def test_a_hundred_students_at_once_meet_no_error_and_lose_nothing() -> None:
    if not engine_runs():
        pytest.skip("no container engine runs on this machine")
    if missing := missing_images():
        pytest.skip(f"needs images that are not here: docker pull {' '.join(missing)}")
    # Each worker has to learn each password, so four of them answer the first requests last.
    with with_accounts(workers=4) as url:
        seen = in_a_process(url, all_at_once, [by_account(number) for number in range(STUDENTS)])
    assert (seen.errors, seen.lost) == ([], 0)
