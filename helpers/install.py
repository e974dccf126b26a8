"""Make .venv and install what a lock file pins: by uv where it can be had, else by pip.

    python helpers/install.py                           # .venv anew: requirements.lock, the course
    python helpers/install.py tools/requirements.lock   # this too; a dot stands for the course

Needs nothing but Python. Hashes are checked either way. uv takes a fifth of pip's time, and is
pinned and hashed itself, in helpers/installer.lock. `make setup` runs this; without make, it is run
by hand.
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
# A link to this folder is installed, so a change of the course's code needs no new set-up.
LINKED = ("--no-deps", "--no-build-isolation", "--editable")
# pip's settings that say where packages are, each by its variable, and uv's name for it, as uv's
# reference of environment variables has it.
PIPS_SETTINGS = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_NO_INDEX": "UV_OFFLINE",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "PIP_CERT": "SSL_CERT_FILE",
    "PIP_PROXY": "ALL_PROXY",
}


def main() -> None:
    """Install what the command line names, or make .venv anew and install the course.

    Raises:
        SystemExit: this Python is none for the course, or pip fails; a sentence says so.
    """
    if not sys.argv[1:]:
        make_environment()
    by_uv = get_uv()
    for what in sys.argv[1:] or ["requirements.lock", "."]:
        install(what, by_uv)


def make_environment() -> None:
    """Make an empty .venv, with the Python that runs this."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(
            f"This course needs Python 3.11 to 3.13, and {sys.executable} is "
            f"{sys.version.split()[0]}. Name another one: make PYTHON=python3.12 setup; without "
            "make: python3.12 helpers/install.py"
        )
    try:
        import ensurepip  # noqa: F401  what Debian's python3 lacks
        import venv
    except ImportError:
        sys.exit("This Python has no venv: sudo apt install python3-venv")
    print("Installing the course's packages into .venv, once.", flush=True)
    venv.create(ROOT / ".venv", clear=True, with_pip=True, symlinks=os.name != "nt")


def get_uv() -> bool:
    """Install uv itself, and tell whether it is there."""
    lock = str(ROOT / "helpers" / "installer.lock")
    command = [*PIP, "--only-binary=:all:", *HASHED, lock]
    if subprocess.run(command, stderr=subprocess.PIPE).returncode:
        print("uv cannot be had here, so pip installs: one to two minutes.", flush=True)
        return False
    tell_uv()
    return True


def tell_uv() -> None:
    """Tell uv where pip looks for packages; what uv was told in its own words stays."""
    command = [str(PYTHON), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    told: dict[str, str] = {}
    for section in ("global", "install", ":env:"):  # the later beats the earlier, as in pip
        for setting, value in re.findall(rf"(?m)^{section}\.([\w-]+)=(.*)$", listed.stdout):
            told[f"PIP_{setting.replace('-', '_').upper()}"] = value
    for setting in PIPS_SETTINGS.keys() & told.keys():
        between = "," if setting == "PIP_FIND_LINKS" else " "  # several
        value = between.join(ast.literal_eval(told[setting]).split())
        os.environ.setdefault(PIPS_SETTINGS[setting], value)


def install(what: str, by_uv: bool) -> None:
    """Install a lock file's packages, or the course itself from its folder.

    Raises:
        SystemExit: neither uv nor pip could; what they say stands above.
    """
    options = [*(LINKED if what == "." else HASHED), str(ROOT / what)]
    # Not from this folder, or uv would read what pyproject.toml says for `make lock`.
    elsewhere = PYTHON.anchor
    if by_uv:
        if not subprocess.run([*UV, *options], cwd=elsewhere).returncode:
            return
        print("uv could not, so pip installs: one to two minutes.", flush=True)
    if subprocess.run([*PIP, *options], cwd=elsewhere).returncode:
        sys.exit(f"Not installed: {what}. What stands above says why; then try again.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted: not all is installed. The same command begins again.")
