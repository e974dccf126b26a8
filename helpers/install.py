"""Create .venv and install the packages of a lock file, with uv if it is available, else with pip.

    python helpers/install.py                           # new .venv: requirements.lock, the course
    python helpers/install.py tools/requirements.lock   # add these; a dot adds the course

Needs nothing but Python. Hashes are checked either way. uv takes a fifth of pip's time; its own
version and hash are in helpers/installer.lock. `make setup` runs this; without make, run it
yourself.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PIP = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
UV = (str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--python", str(PYTHON))
HASHED = ("--no-deps", "--require-hashes", "--requirement")
# Installs a link to this folder, so changes of the course's code take effect at once.
LINKED = ("--no-deps", "--no-build-isolation", "--editable")
# pip's settings for where packages come from, and uv's environment variables for the same.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_OFFLINE",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


def main() -> None:
    """Install what the command line names; without arguments, create .venv and install the course.

    Raises:
        SystemExit: this version of Python is not supported, or pip failed; the message says which.
    """
    if not sys.argv[1:]:
        make_environment()
    by_uv = get_uv()
    for what in sys.argv[1:] or ["requirements.lock", "."]:
        install(what, by_uv)


def make_environment() -> None:
    """Create an empty .venv with the Python that runs this."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        sys.exit(
            f"This course needs Python 3.11 to 3.14, and {sys.executable} is "
            f"{sys.version.split()[0]}. Choose another one: make PYTHON=python3.12 setup. Without "
            "make: python3.12 helpers/install.py"
        )
    if "%" in str(ROOT):  # alembic, with which MLflow creates its database, would fail
        sys.exit(
            f"MLflow does not work in {ROOT}. Move the course to a folder without % in its path."
        )
    try:
        import ensurepip  # noqa: F401  Debian's python3 lacks it
        import venv
    except ImportError:
        sys.exit("This Python has no venv. Install it: sudo apt install python3-venv")
    print("Installing the course's packages into .venv (only the first time).", flush=True)
    venv.create(ROOT / ".venv", clear=True, with_pip=True, symlinks=os.name != "nt")


def get_uv() -> bool:
    """Install uv; tell whether that worked."""
    lock = str(ROOT / "helpers" / "installer.lock")
    command = [*PIP, "--only-binary=:all:", *HASHED, lock]
    if subprocess.run(command, stderr=subprocess.PIPE).returncode:
        print("uv is not available, so pip does it, in one to two minutes.", flush=True)
        return False
    pass_settings_to_uv()
    return True


def pass_settings_to_uv() -> None:
    """Pass on to uv where pip looks for packages, unless uv's own settings say it."""
    command = [str(PYTHON), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    settings: dict[str, str] = {}
    for section in ("global", "install", ":env:"):  # a later one overrides an earlier one
        settings |= re.findall(rf"(?m)^{section}\.([\w-]+)=(.*)$", listed.stdout)
    for setting in SETTINGS.keys() & settings.keys():
        separator = "," if setting == "find-links" else " "
        value = separator.join(ast.literal_eval(settings[setting]).split())
        os.environ.setdefault(SETTINGS[setting], value)


def install(what: str, by_uv: bool) -> None:
    """Install the packages of a lock file, or the course itself from its folder.

    Raises:
        SystemExit: both uv and pip failed; their output is above.
    """
    options = [*(LINKED if what == "." else HASHED), str(ROOT / what)]
    # Run elsewhere: in this folder, uv would read the settings in pyproject.toml for `make lock`.
    elsewhere = PYTHON.anchor
    if by_uv:
        if not subprocess.run([*UV, *options], cwd=elsewhere).returncode:
            return
        print("uv failed, so pip does it, in one to two minutes.", flush=True)
    if subprocess.run([*PIP, *options], cwd=elsewhere).returncode:
        sys.exit(f"Could not install {what}. The lines above say why. Fix that, then try again.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(
            "Interrupted before everything was installed. Run the same command to start again."
        )
