"""Prepare the site's page *Try it*, which runs MLflow in a browser: `make site` calls this.

The page loads Pyodide, Python for browsers, from an npm package, and MLflow with what it needs as
.venv has it. Everything is served by the site itself.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

from filelock import FileLock

from tools.lesson_list import ROOT

SOURCE = ROOT / "docs" / "site" / "try_it"
LOCK = ROOT / "requirements.lock"
CACHE = ROOT / ".venv" / "try_it"
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json")
SERVED = (*PYODIDE, "python_stdlib.zip")
# All that `import mlflow` and its SQLite store import. Only pydantic-core has no version in Python.
COMPILED = "pydantic-core"
PACKAGES = """
    alembic annotated-doc annotated-types anyio cachetools certifi charset-normalizer click
    cloudpickle databricks-sdk fastapi gitdb gitpython google-auth h11 idna importlib-metadata mako
    markupsafe mlflow-skinny opentelemetry-api opentelemetry-proto opentelemetry-sdk
    opentelemetry-semantic-conventions packaging protobuf pydantic python-dotenv pyyaml requests
    smmap sqlalchemy sqlparse starlette typing-extensions typing-inspection urllib3 uvicorn zipp
"""
FOR_BROWSERS = """
    --only-binary=:all: --platform=pyemscripten_2026_0_wasm32
    --python-version=3.14 --implementation=cp --abi=cp314
"""


class PartsMissing(Exception):
    """What the page loads cannot be fetched."""


def fetch(folder: Path) -> None:
    """Fetch Pyodide and the one compiled package, in the locked versions, and copy the others."""
    for name in ("package.json", "package-lock.json", "pack.mjs"):
        shutil.copy(SOURCE / name, folder)
    _run(["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    packages = folder / "packages"
    [pin] = re.findall(rf"(?m)^{COMPILED}==.*(?:\n .*)*", LOCK.read_text(encoding="utf-8"))
    (folder / "lock").write_text(pin, encoding="utf-8")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    _run(
        [*install, *FOR_BROWSERS.split(), "--target", str(packages), "--requirement", "lock"],
        folder,
    )
    for name in PACKAGES.split():
        for file in distribution(name).files or []:
            is_used = file.suffix not in {".pyc", ".so", ".pyd"} and ".." not in file.parts
            if is_used:
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), target)
    (packages / "helpers").mkdir()
    shutil.copy(ROOT / "helpers" / "tree.py", packages / "helpers")
    shutil.copy(SOURCE / "cells.py", packages)


def _run(command: list[str], folder: Path) -> None:
    """Run a command that fetches something."""
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise PartsMissing(f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout).strip().splitlines()
        raise PartsMissing(f"{command[0]} failed: {lines[0] if lines else error}") from None


def pack(folder: Path) -> str:
    """Pack MLflow for browsers, and log runs with it; return what went wrong, if anything did."""
    tried = subprocess.run(["node", "pack.mjs", "."], cwd=folder, capture_output=True, text=True)
    return "" if tried.returncode == 0 else tried.stderr.strip() or "node failed"


def files() -> tuple[Path, str]:
    """Return the folder of what the page loads, made if it is not there yet, and what fails.

    Raises:
        PartsMissing: npm or pip cannot fetch its part.
    """
    sources = [SOURCE / name for name in ("cells.py", "pack.mjs", "package-lock.json")]
    inputs = [LOCK, Path(__file__), ROOT / "helpers" / "tree.py", *sources]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in inputs))
    ready = CACHE / key.hexdigest()[:12]
    if ready.is_dir():
        return ready, ""
    shutil.rmtree(CACHE, ignore_errors=True)
    build, served = CACHE / "build", CACHE / "served"
    build.mkdir(parents=True)
    served.mkdir()
    fetch(build)
    if failure := pack(build):
        return ready, failure
    for name in SERVED:
        shutil.copy(build / "node_modules" / "pyodide" / name, served)
    shutil.copy(build / "packages.zip", served)
    shutil.rmtree(build)
    return served.rename(ready), ""


def main(pages: Path) -> None:
    """Complete the page in the folder of the site's pages, or take it out."""
    page, version = pages / "try_it.md", distribution("mlflow-skinny").version
    shutil.rmtree(pages / "try_it")
    try:
        with FileLock(ROOT / ".venv" / "try_it.lock"):  # two sites may be built at once
            folder, failure = files()
    except PartsMissing as error:
        page.unlink()
        print(f"The page Try it is left out, because {error}.")
        return
    text = page.read_text(encoding="utf-8").replace("{{ version }}", version)
    if failure:
        print(f"MLflow {version} does not run in a browser: {failure}")
        print("The page Try it shows README's recording instead.")
        before, _, after = text.partition("<!-- cells -->")
        text = before + "<!-- recording -->" + after.partition("<!-- recording -->")[2]
        text = text.replace(' id="try-recording" hidden', "")
    else:
        target = shutil.copytree(folder, pages / "static" / f"try_it_{folder.name}")
        for name in ("page.mjs", "worker.mjs"):
            shutil.copy(SOURCE / name, target)
        size = sum(path.stat().st_size for path in target.iterdir()) / 1e6
        text = text.replace("{{ folder }}", target.name).replace("{{ size }}", f"{size:.0f}")
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
