"""The licences of the packages that the course installs and bakes into its image.

They are read from the packages' metadata. What else a wheel holds is not looked at.
"""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

from tools.lesson_list import ROOT

RULES = tomllib.loads((ROOT / "tests" / "licences.toml").read_text(encoding="utf-8"))
PINS = re.findall(r"(?m)^([\w.-]+)==([\w.]+)", (ROOT / "requirements.lock").read_text("utf-8"))


def licence(name: str) -> str:
    """What a package's metadata say: an expression, else its classifiers, else a name."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return "not installed, and not in [known]"
    kinds = re.findall(
        r"(?m)^License :: (?:OSI Approved :: )?(.*)$", "\n".join(about.get_all("Classifier", []))
    )
    text = about.get("License-Expression") or " AND ".join(kinds) or about.get("License", "")
    return text.strip().split("\n")[0]


def test_each_package_may_be_used_and_passed_on() -> None:
    licences = {f"{name}=={pinned}": licence(name) for name, pinned in PINS} | RULES["known"]
    allowed = set(RULES["allowed"])
    refused = {
        pin: about
        for pin, about in licences.items()
        if not {*re.split(" AND | OR ", about)} <= allowed
    }
    assert refused == {}, "tests/licences.toml does not allow these licences."
