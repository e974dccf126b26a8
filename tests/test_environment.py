"""One set of versions: pyproject.toml, the locks, environment.yml, docker-compose.yml."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
COURSE = {"mlflow", "jupyterlab", "more-itertools", "nbval", "pandas"}
AUTHORS_ONLY = {
    "mypy",
    "ruff",
    "import-linter",
    "playwright",
    "nbgrader",
    "sphinx",
}

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
LOCK, AUTHORS_LOCK = Path("requirements.lock"), Path("tools", "requirements.lock")
INSTALLER_LOCK = Path("tools", "installer.lock")


def requirements(*lists: list[str]) -> dict[str, Requirement]:
    found = (Requirement(text) for texts in lists for text in texts)
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def pins(lock: Path) -> dict[str, set[str]]:
    """What a lock pins: some packages have one version for each of several Pythons."""
    found: dict[str, set[str]] = {}
    text = (ROOT / lock).read_text()
    for name, pinned in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(pinned)
    return found


NEEDED = {
    LOCK: requirements(PROJECT["dependencies"], EXTRAS["test"]),
    AUTHORS_LOCK: requirements(PROJECT["dependencies"], *EXTRAS.values()),
    INSTALLER_LOCK: requirements(SETTINGS["dependency-groups"]["installer"]),
}
LOCKED = {lock: pins(lock) for lock in NEEDED}
CONDA_PINS = {
    canonicalize_name(name): pinned
    for name, pinned in (text.split("=") for text in CONDA if isinstance(text, str) and "=" in text)
}

each_lock = pytest.mark.parametrize("lock", NEEDED, ids=str)


def test_the_packages_that_the_course_is_built_on_are_named() -> None:
    assert set(NEEDED[LOCK]) >= COURSE
    assert set(CONDA_PINS) >= COURSE


def test_what_only_authors_need_is_not_installed_for_a_class() -> None:
    assert set(LOCKED[LOCK]) & AUTHORS_ONLY == set()
    assert set(LOCKED[AUTHORS_LOCK]) >= AUTHORS_ONLY


@each_lock
def test_a_lock_is_within_the_bounds_of_pyproject(lock: Path) -> None:
    for name, requirement in NEEDED[lock].items():
        pinned = LOCKED[lock].get(name, set())
        outside = [one for one in pinned if not requirement.specifier.contains(one)]
        assert pinned, f"{lock} does not pin {name}, which pyproject.toml asks for. Run: make lock"
        assert not outside, (
            f"{lock} pins {name} {', '.join(outside)}, and pyproject.toml asks for {requirement}. "
            "Run: make lock"
        )


def test_the_locks_pin_the_same() -> None:
    for name, pinned in LOCKED[LOCK].items():
        assert LOCKED[AUTHORS_LOCK].get(name) == pinned, (
            f"{AUTHORS_LOCK} pins another {name} than {LOCK}. Run: make lock"
        )


@pytest.mark.parametrize("name", sorted(NEEDED[AUTHORS_LOCK]))
def test_what_is_installed_is_what_is_locked(name: str) -> None:
    pinned = LOCKED[AUTHORS_LOCK].get(name, set())
    try:
        installed = version(name)
    except PackageNotFoundError:
        if name in NEEDED[LOCK]:
            pytest.fail(f"{name} of {LOCK} is not installed. Run: make setup")
        pytest.skip(f"{name} is for authors: make setup EXTRAS=1")
    assert installed in pinned, (
        f"{name} {installed} is installed, and {AUTHORS_LOCK} pins {' or '.join(sorted(pinned))}. "
        "Run: make setup EXTRAS=1"
    )


@each_lock
def test_every_pin_has_hashes(lock: Path) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) >= len(LOCKED[lock])
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    "name", [*map(str, NEEDED), "environment.yml", "pyproject.toml", "Makefile"]
)
def test_no_lock_or_setting_names_an_index(name: str) -> None:
    assert not re.search(r"index-url|find-links|://[^\s]*simple", (ROOT / name).read_text())


def test_conda_installs_what_the_lock_pins() -> None:
    wanted = [*requirements(PROJECT["dependencies"]), *(set(CONDA_PINS) - {"python"})]
    for name in wanted:
        pinned = CONDA_PINS.get(name, "no version")
        assert pinned in LOCKED[LOCK].get(name, set()), (
            f"environment.yml has {pinned} of {name}, and {LOCK} pins "
            f"{' or '.join(sorted(LOCKED[LOCK].get(name, {'none'})))}. "
            "Run: make lock (a package that is new to environment.yml wants a line there first)"
        )


def test_conda_is_for_a_python_that_the_course_runs_on() -> None:
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(
        CONDA_PINS["python"]
    )
    assert {"pip": ["-e ."]} in CONDA


@pytest.mark.parametrize("folder", [".", "classroom"])
def test_the_image_is_the_locked_mlflow(folder: str) -> None:
    services = yaml.safe_load((ROOT / folder / "docker-compose.yml").read_text())["services"]
    image, _, tag = services["mlflow"]["image"].removesuffix("-full").partition(":v")
    host, _, name = image.partition("/")
    assert name == "mlflow/mlflow"
    assert "." in host  # MLflow's own image, with its registry named
    assert LOCKED[LOCK]["mlflow"] == {str(Version(tag))}, (
        f"{folder}/docker-compose.yml has MLflow {tag}, and {LOCK} another one. Run: make lock"
    )
