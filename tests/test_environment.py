"""One set of versions: pyproject.toml, requirements.lock, environment.yml, docker-compose.yml."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
COURSE = {"mlflow", "jupyterlab", "more-itertools", "nbval", "pandas"}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


def requirements(*lists: list[str]) -> dict[str, Requirement]:
    found = (Requirement(text) for texts in lists for text in texts)
    return {canonicalize_name(requirement.name): requirement for requirement in found}


COURSE_PACKAGES = requirements(PROJECT["dependencies"])
ALL_PACKAGES = requirements(PROJECT["dependencies"], PROJECT["optional-dependencies"]["test"])
LOCKED: dict[str, set[str]] = {}
for name, pinned in re.findall(r"^([\w.-]+)==([^\s;\\]+)", LOCK, re.MULTILINE):
    LOCKED.setdefault(canonicalize_name(name), set()).add(pinned)
CONDA_PINS = dict(text.split("=") for text in CONDA if isinstance(text, str) and "=" in text)


def test_the_packages_that_the_course_is_built_on_are_named() -> None:
    assert set(ALL_PACKAGES) >= COURSE
    assert set(CONDA_PINS) >= COURSE


@pytest.mark.parametrize("name", sorted(ALL_PACKAGES))
def test_the_lock_is_within_the_bounds_of_pyproject(name: str) -> None:
    assert LOCKED[name], f"{name} is not in requirements.lock: make lock"
    for pinned in LOCKED[name]:
        assert ALL_PACKAGES[name].specifier.contains(pinned)
    assert version(name) in LOCKED[name], "what is installed is not what is locked: make setup"


def test_every_pin_has_hashes() -> None:
    entries = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) >= len(LOCKED)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_no_lock_or_setting_names_an_index() -> None:
    for name in ("requirements.lock", "environment.yml", "pyproject.toml", "Makefile"):
        assert not re.search(r"index-url|find-links|://[^\s]*simple", (ROOT / name).read_text()), (
            name
        )


@pytest.mark.parametrize("name", sorted(COURSE_PACKAGES))
def test_conda_installs_what_the_lock_pins(name: str) -> None:
    assert CONDA_PINS[name] in LOCKED[name]


def test_conda_names_no_other_version() -> None:
    pins = {name: pinned for name, pinned in CONDA_PINS.items() if name != "python"}
    assert {name for name, pinned in pins.items() if pinned not in LOCKED[name]} == set()
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(
        CONDA_PINS["python"]
    )
    assert {"pip": ["-e ."]} in CONDA


def test_the_image_is_the_locked_mlflow() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    image, _, tag = services["mlflow"]["image"].partition(":v")
    host, _, name = image.partition("/")
    assert name == "mlflow/mlflow"
    assert "." in host  # MLflow's own image, with its registry named
    assert LOCKED["mlflow"] == {str(Version(tag))}
