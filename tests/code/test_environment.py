"""One set of versions, in pyproject.toml, the locks, environment.yml and docker-compose.yml."""

from __future__ import annotations

import re
import tomllib

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.lessons import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK, AUTHORS_LOCK = "requirements.lock", "tools/requirements.lock"


def requirements(*lists: list[str]) -> dict[str, Requirement]:
    found = (Requirement(text) for texts in lists for text in texts)
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def pins(lock: str) -> dict[str, set[str]]:
    """What a lock pins: some packages have one version for each of several Pythons."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"(?m)^(?=[\w.-]+==)", (ROOT / lock).read_text())[1:]:
        assert "--hash=sha256:" in entry
        name, pinned = entry.split()[0].removesuffix(";").split("==")
        found.setdefault(canonicalize_name(name), set()).add(pinned)
    return found


NEEDED = {
    LOCK: requirements(PROJECT["dependencies"], EXTRAS["test"]),
    AUTHORS_LOCK: requirements(PROJECT["dependencies"], *EXTRAS.values()),
    "tools/installer.lock": requirements(SETTINGS["dependency-groups"]["installer"]),
}
LOCKED = {lock: pins(lock) for lock in NEEDED}


def test_the_locks_are_within_the_bounds_of_pyproject_and_pin_the_same() -> None:
    for lock, needed in NEEDED.items():
        for name, requirement in needed.items():
            pinned = LOCKED[lock].get(name)
            assert pinned, f"{lock} does not pin {name}. Run: make lock"
            assert all(map(requirement.specifier.contains, pinned)), (
                f"{lock} pins {name} {pinned}, and not {requirement}. Run: make lock"
            )
    assert LOCKED[LOCK].items() <= LOCKED[AUTHORS_LOCK].items(), "They differ. Run: make lock"
    assert not {"mypy", "playwright", "nbgrader", "sphinx"} & LOCKED[LOCK].keys()  # for authors


def test_conda_installs_what_the_lock_pins() -> None:
    texts = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    found = dict(text.split("=") for text in texts if isinstance(text, str) and "=" in text)
    python = Requirement(f"python{PROJECT['requires-python']}")
    assert python.specifier.contains(found.pop("python"))
    found = {canonicalize_name(name): pinned for name, pinned in found.items()}
    assert found.keys() >= requirements(PROJECT["dependencies"]).keys()
    for name, pinned in found.items():
        assert pinned in LOCKED[LOCK][name], f"environment.yml has {name} {pinned}. Run: make lock"
    assert {"pip": ["-e ."]} in texts


def test_the_image_is_the_locked_mlflow() -> None:
    for path in (ROOT / "docker-compose.yml", ROOT / "classroom/server/docker-compose.yml"):
        image = yaml.safe_load(path.read_text())["services"]["mlflow"]["image"]
        host, tag = image.removesuffix("-full").split("/mlflow/mlflow:v")
        assert "." in host  # MLflow's own image, with its registry named
        assert LOCKED[LOCK]["mlflow"] == {str(Version(tag))}, f"{path} has {tag}. Run: make lock"
