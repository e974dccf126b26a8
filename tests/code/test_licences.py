"""The course's licence, and those of packages that it installs and bakes into its image.

They are read from the packages' metadata. What else a wheel holds is not looked at.
"""

import hashlib
import re
import tomllib
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from tools.lessons import ROOT

RULES = tomllib.loads((ROOT / "tests" / "licences.toml").read_text(encoding="utf-8"))
PINS = re.findall(r"(?m)^([\w.-]+)==([\w.]+)", (ROOT / "requirements.lock").read_text("utf-8"))
APACHE = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # of its text, SHA-256


def named_in(said: PackageMetadata) -> str:
    words = (line.split(" :: ") for line in said.get_all("Classifier", []))
    kinds = [last for first, *_, last in words if first == "License" and last != "OSI Approved"]
    text = said.get("License-Expression") or " AND ".join(kinds) or said.get("License", "")
    return text.strip().split("\n")[0]


def of_package(name: str, pinned: str) -> str:
    known: str | None = RULES["known"].get(f"{name}=={pinned}")
    try:
        return known or named_in(metadata(name))
    except PackageNotFoundError:
        return "not installed, and not in [known]"


def is_allowed(licence: str) -> bool:
    choices = [] if re.search(r"\([^)]* (AND|OR) ", licence) else licence.split(" OR ")
    return any(set(one.split(" AND ")) <= set(RULES["allowed"]) for one in choices)


def test_each_package_may_be_used_and_passed_on() -> None:
    found = {pin: of_package(*pin) for pin in PINS}
    refused = {pin: licence for pin, licence in found.items() if not is_allowed(licence)}
    assert refused == {}, "tests/licences.toml does not allow these licences."


def test_the_course_is_under_the_whole_apache_license() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_text("utf-8").encode()).hexdigest() == APACHE
    assert metadata("mlflow-parent-child-course")["License-Expression"] == "Apache-2.0"
