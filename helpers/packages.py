"""What a lesson needs beyond what every lesson needs."""

from __future__ import annotations

from importlib.util import find_spec


class PackageMissing(ImportError):
    """A package is not installed; a notebook shows one sentence instead of a traceback."""

    def _render_traceback_(self) -> list[str]:  # IPython asks for it
        return [str(self)]


def needs(*packages: str) -> None:
    """Make sure that packages are installed.

    Args:
        packages: the names that they are imported by.

    Raises:
        PackageMissing: one is not; the message says how to install it.

    >>> needs("mlflow")
    """
    missing = " ".join(name for name in packages if not _found(name))
    if missing:
        raise PackageMissing(
            f"This lesson needs {missing}: run `%pip install {missing}` in a cell of its own, then "
            "restart the kernel."
        )


def _found(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # somebody has put something else in its place
        return False
