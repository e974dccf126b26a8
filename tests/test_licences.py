"""The course's licence, and those of packages that it installs and bakes into its image.

`pytest -v` lists them, from the packages' metadata. What else a wheel holds is not looked at.
"""

import hashlib
import re
import tomllib
from email import message_from_string
from email.message import Message
from importlib.metadata import PackageNotFoundError, distribution, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RULES = tomllib.loads(Path(__file__).with_name("licences.toml").read_text(encoding="utf-8"))
PINS = re.findall(r"(?m)^([\w.-]+)==([\w.]+)", (ROOT / "requirements.lock").read_text("utf-8"))
APACHE = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # of its text, SHA-256


def named_in(said: Message) -> str:
    words = (line.split(" :: ") for line in said.get_all("Classifier", []))
    kinds = [last for first, *_, last in words if first == "License" and last != "OSI Approved"]
    text = said.get("License-Expression") or " AND ".join(kinds) or said.get("License", "")
    return text.strip().split("\n")[0]


def of_package(name: str, pinned: str) -> tuple[str, str]:
    try:
        package = distribution(name)
    except PackageNotFoundError:
        known = RULES["elsewhere"].get(f"{name}=={pinned}", "not installed, and not in [elsewhere]")
        return f"{name}=={pinned}", known
    texts = [path.read_text() for path in package.files or [] if path.name == "LICENSE"]
    by_text = name in RULES["by_text"] and any(RULES["by_text"][name] in text for text in texts)
    return f"{name}=={package.version}", "MIT" if by_text else named_in(package.metadata)


def is_allowed(licence: str) -> bool:
    choices = [] if re.search(r"\([^)]* (AND|OR) ", licence) else licence.split(" OR ")
    return any(set(one.split(" AND ")) <= set(RULES["allowed"]) for one in choices)


@pytest.mark.parametrize("found", sorted({of_package(*pin) for pin in PINS}), ids=": ".join)
def test_a_package_may_be_used_and_passed_on(found: tuple[str, str]) -> None:
    assert is_allowed(found[1]), "tests/licences.toml does not allow this licence."


@pytest.mark.parametrize("said", ["AGPL-3.0", "MIT AND GPL-2.0", "UNKNOWN", "(MIT OR X) AND X"])
def test_a_licence_that_asks_for_more_is_refused(said: str) -> None:
    for text in (f"License-Expression: {said}", f"Classifier: License :: {said}", "Name: none"):
        assert not is_allowed(named_in(message_from_string(text)))


def test_the_course_is_under_the_whole_apache_license() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_text("utf-8").encode()).hexdigest() == APACHE
    assert metadata("mlflow-parent-child-course")["License-Expression"] == "Apache-2.0"
