"""Write the versions that requirements.lock pins into environment.yml and both compose files.

`make lock` runs this after it has written the lock files.
"""

from __future__ import annotations

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lesson_list import ROOT

CONDA_PIN = re.compile(r"(?m)^(  - )([\w.-]+)=([\w.]+)$")
IMAGE_TAG = re.compile(r"(?<=/mlflow/mlflow:v)[\w.]+")


def locked(lock: str, python: str) -> dict[str, str]:
    r"""Return the version of each package that a lock pins for a version of Python.

    >>> lock = "A_b==1 ; python_version < '3.12' \\\nA_b==2 ; python_version >= '3.12'"
    >>> locked(lock, "3.12")
    {'a-b': '2'}
    """
    pins = (Requirement(pin) for pin in re.findall(r"(?m)^[\w.-]+==[^\\\n]+", lock))
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    return {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(here)
    }


def main() -> None:
    """Update environment.yml and both compose files."""
    conda = ROOT / "environment.yml"
    text = conda.read_text(encoding="utf-8")
    python = {name: version for _, name, version in CONDA_PIN.findall(text)}["python"]
    pins = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"), python)

    def pinned(match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]}={pins.get(canonicalize_name(match[2]), match[3])}"

    conda.write_text(CONDA_PIN.sub(pinned, text), encoding="utf-8")
    for folder in (".", "classroom/server"):
        compose = ROOT / folder / "docker-compose.yml"
        image = IMAGE_TAG.sub(pins["mlflow"], compose.read_text(encoding="utf-8"))
        compose.write_text(image, encoding="utf-8")


if __name__ == "__main__":
    main()
