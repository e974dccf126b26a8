"""Begin a student's kernel, inside the sandbox: limits, no root, MLflow pointed at its store.

`python inside.py SETTINGS` with JSON that `sandbox.settings` writes. From here on everything in
this process is the student's to change: nothing that it says or does is believed without a look.
"""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
import io
import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def limit(limits: dict[str, int]) -> None:
    """Limit this process and all that it starts; as far as it may be, where less is allowed.

    Args:
        limits: by the names that the module `resource` has for them.
    """
    import resource  # Windows has none, and imports this file all the same

    for name, value in limits.items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def give_up_root(user: int) -> None:
    """Become a user that owns nothing but its folder.

    Args:
        user: its number.
    """
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def point_mlflow(store: str) -> None:
    """Have MLflow and `helpers.connect` use the store in the folder: there is no server here.

    Args:
        store: its tracking URI.
    """
    import mlflow
    import mlflow.store.tracking.sqlalchemy_store
    from sqlalchemy import Engine, event

    from helpers import tracking

    @event.listens_for(Engine, "connect")
    def hurry(connection: Any, _: Any) -> None:  # nothing in there has to survive this process
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")

    def use_server() -> None:
        mlflow.set_tracking_uri(store)

    tracking.use_server = use_server
    use_server()


class Nowhere(io.TextIOBase):
    """A stream that keeps nothing of what is written to it.

    IPython (9) replaces a stream's `write` by one that keeps all text in memory; not this one's.
    """

    @property
    def write(self) -> Callable[[str], int]:
        """Return what takes text, and says how much it was."""
        return len

    @write.setter
    def write(self, _: object) -> None:
        pass


def print_nowhere() -> None:
    """Throw away what is printed from here on."""
    sys.stdout = sys.stderr = Nowhere()


class Later(ModuleType):
    """A module whose functions can be imported before it is loaded: the first call loads it.

    A lesson imports a figure's function, and most submissions draw nothing while they are graded;
    without matplotlib, they start a second sooner.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        spec = importlib.util.find_spec(name)
        origin = str(spec.origin) if spec else name
        body = ast.parse(Path(origin).read_text(encoding="utf-8")).body
        self._functions = {part.name for part in body if isinstance(part, ast.FunctionDef)}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._functions:
            return getattr(self._loaded(), name)
        return lambda *args, **kwargs: getattr(self._loaded(), name)(*args, **kwargs)

    def _loaded(self) -> ModuleType:
        if sys.modules[self.__name__] is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    if settings["user"]:
        give_up_root(settings["user"])
    os.chdir(settings["home"])
    limit(settings["limits"])
    gc.disable()  # nothing that is imported is garbage: a tenth of the time
    if settings["store"]:
        importlib.import_module("ipykernel.kernelapp")
        point_mlflow(settings["store"])
        sys.modules["helpers.plots"] = Later("helpers.plots")
    gc.enable()
    gc.freeze()
    sys.modules["inside"] = sys.modules["__main__"]
    sys.argv = settings["arguments"]
    sys.path.pop(0)  # the folder of this file
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
