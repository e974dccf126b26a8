"""A JupyterHub on one machine: an operating system's user for each student, and nothing else set.

For machine/test_hub.py, which says in COURSE_HUB where the hub is, whose it is, and what their
Jupyter is told.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

from jupyterhub.spawner import SimpleLocalProcessSpawner

TOLD = json.loads(os.environ["COURSE_HUB"])


class UserSpawner(SimpleLocalProcessSpawner):
    """Starts a student's Jupyter as a user that is in no file of the system."""

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        user = TOLD["users"][name]

        def become() -> None:
            os.setgroups([])
            os.setgid(user["uid"])
            os.setuid(user["uid"])
            os.chdir(user["environment"]["HOME"])

        return become

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        return super().user_env(env) | TOLD["users"][self.user.name]["environment"]


c = get_config()  # noqa: F821
c.JupyterHub.bind_url = TOLD["url"]
c.JupyterHub.hub_port = TOLD["ports"][0]
c.JupyterHub.spawner_class = UserSpawner
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = TOLD["password"]
c.Authenticator.allowed_users = set(TOLD["users"])
c.ConfigurableHTTPProxy.command = TOLD["proxy"]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{TOLD['ports'][1]}"
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.http_timeout = c.Spawner.start_timeout = 60
