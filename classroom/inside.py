"""Begin a student's kernel, inside the sandbox: limits, no root, MLflow pointed at its store.

`python inside.py SETTINGS` with JSON that `sandbox.Settings` writes. From here on everything in
this process is the student's to change: nothing that it says or does is believed without a look.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import runpy
import sys


def limit(limits: dict[str, int]) -> None:
    """Limit this process and all that it starts; as far as it may be, where less is allowed."""
    for name, value in limits.items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def give_up_root(user: int) -> None:
    """Become a user that owns nothing but its folder; root's processes could not be counted."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def point_mlflow(store: str) -> None:
    """Have MLflow and `helpers.connect` use the store in the folder: there is no server here."""
    gc.disable()  # nothing of what is imported is garbage: a tenth of the time
    import mlflow
    import mlflow.store.tracking.sqlalchemy_store

    from helpers import tracking

    def use_server() -> None:
        mlflow.set_tracking_uri(store)

    tracking.use_server = use_server
    use_server()
    gc.enable()
    gc.freeze()


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    if settings["user"]:
        give_up_root(settings["user"])
    os.chdir(settings["home"])
    limit(settings["limits"])
    if settings["store"]:
        point_mlflow(settings["store"])
    sys.argv = settings["arguments"]
    sys.path.pop(0)  # the folder of this file
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
