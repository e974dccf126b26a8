"""One set of versions, in pyproject.toml, the locks, environment.yml and docker-compose.yml."""

from __future__ import annotations

import filecmp
import shutil
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import versions
from tools.lesson_list import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = {
    "requirements.lock": [PROJECT["dependencies"], EXTRAS["test"], EXTRAS["classroom"]],
    "tools/requirements.lock": [PROJECT["dependencies"], *EXTRAS.values()],
    "helpers/installer.lock": [SETTINGS["dependency-groups"]["installer"]],
}


@pytest.mark.parametrize("python", ["3.11", "3.14"])
def test_the_locks_are_within_the_bounds_of_pyproject_and_pin_the_same(python: str) -> None:
    pins = {lock: versions.locked((ROOT / lock).read_text(), python) for lock in NEEDED}
    for lock, lists in NEEDED.items():
        for needed in (Requirement(text) for texts in lists for text in texts):
            pinned = pins[lock].get(canonicalize_name(needed.name), "0")
            assert pinned in needed.specifier, f"{lock}: {needed}, not {pinned}. Run: make lock"
    students, authors, _ = pins.values()
    assert students.items() < authors.items(), "They differ. Run: make lock"


def test_conda_and_the_images_have_the_versions_of_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "classroom" / "server", tmp_path / "classroom" / "server")
    generated = ("environment.yml", "docker-compose.yml", "classroom/server/docker-compose.yml")
    for name in (*generated, "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(versions, "ROOT", tmp_path)
    versions.main()
    for name in generated:
        assert filecmp.cmp(ROOT / name, tmp_path / name, shallow=False), f"{name}: make lock"


def test_conda_installs_all_that_the_course_needs() -> None:
    text = (ROOT / "environment.yml").read_text()
    pinned_by_conda = {canonicalize_name(name) for _, name, _ in versions.CONDA_PIN.findall(text)}
    assert pinned_by_conda > {
        canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]
    }
