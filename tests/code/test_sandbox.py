"""The sandboxes, each with a kernel in it and no MLflow: what works, and what is said where not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, event, text

from classroom.sandbox import Limits, NoSandbox, Sandbox, Workspace, workspace
from classroom.sandbox.bare import Bare
from classroom.sandbox.choose import choose
from classroom.sandbox.inside import set_up
from classroom.sandbox.kernel_client import Broken, Kernel
from classroom.sandbox.work_folders import temporary_work_folder
from tests.shared import NEEDS_LINUX, ORDINARY, OWN, as_user
from tests.submissions import skip_without
from tools.lesson_list import ROOT

pytestmark = NEEDS_LINUX

LIMITS = Limits()
# Root can run the tests as an ordinary user, too.
USERS = pytest.mark.parametrize("user", sorted({OWN, ORDINARY}))
# bubblewrap 0.6.1, which Ubuntu 22.04 has, does not know these options.
OLD_BUBBLEWRAP = """#!/bin/sh
for word in "$@"; do
    case "$word" in
    --size | --disable-userns) echo "bwrap: Unknown option $word" >&2; exit 1 ;;
    --) break ;;
    esac
done
PATH=${PATH#*:} exec bwrap "$@"
"""
TRY = "from classroom.sandbox.choose import choose; print(choose('bubblewrap').name)"


@contextmanager
def kernel(sandbox: Sandbox, limits: Limits = LIMITS) -> Iterator[Kernel]:
    """A kernel that can neither use MLflow nor take longer than a minute."""
    with temporary_work_folder() as folder:
        space = workspace(folder / "submission", sandbox, limits)
        with Kernel(sandbox, space, "", time.monotonic() + 60) as started:
            yield started


def say(*command: str | Path, user: int, **environment: str) -> str:
    """Run a command as a user in the course's folder; return what it prints."""
    done = subprocess.run(
        [*as_user(user), *map(str, command)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@USERS
def test_an_old_bubblewrap_is_enough(user: int) -> None:
    skip_without("bubblewrap")
    with temporary_work_folder() as folder:
        folder.chmod(0o755)
        (folder / "bwrap").write_text(OLD_BUBBLEWRAP)
        (folder / "bwrap").chmod(0o755)
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        assert say(sys.executable, "-c", TRY, user=user, PATH=path) == "bubblewrap\n"


def test_forbidden_namespaces_are_a_sentence() -> None:
    skip_without("bubblewrap")
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    namespace = ["unshare", "--user", "--map-user=1234", "--keep-caps", "sh", "-c", forbid, "sh"]
    message = say(*namespace, sys.executable, "-c", TRY, user=ORDINARY)
    assert "(user.max_user_namespaces is 0)" in message
    assert "sudo sysctl -w user.max_user_namespaces=10000." in message


@USERS
def test_in_bubblewrap_nobody_gets_roots_rights_in_a_new_namespace(user: int) -> None:
    skip_without("bubblewrap")
    code = """
import time
from classroom.sandbox import workspace
from classroom.sandbox.choose import choose
from classroom.sandbox.work_folders import temporary_work_folder
from classroom.sandbox.kernel_client import Kernel
sandbox, tried = choose("bubblewrap"), ["unshare", "-Ur", "true"]
with temporary_work_folder() as folder:
    with Kernel(sandbox, workspace(folder / "x", sandbox), "", time.monotonic() + 60) as kernel:
        kernel.run("import os, subprocess")
        error = f"subprocess.run({tried}, capture_output=True, text=True).stderr"
        print(kernel.run("", error).value, kernel.run("", "str(os.getuid())").value)
"""
    message, uid = say(sys.executable, "-c", code, user=user).rsplit(maxsplit=1)
    assert message == "unshare: unshare failed: No space left on device"
    assert int(uid) != 0


@pytest.mark.parametrize("name", ["bubblewrap", "container", "none"])
def test_a_long_path_for_temporary_files_works(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_without(name)
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert choose(name).name == name
    assert list(folder.iterdir()) == []


class WithoutConnectionFile(Bare):
    """A sandbox in which no kernel can start."""

    def command(self, workspace: Workspace, store: str) -> list[str]:
        (workspace.folder / "kernel.json").write_text("{")
        return super().command(workspace, store)


def test_a_kernel_that_cannot_start_says_why_and_leaves_nothing() -> None:
    skip_without("none")
    before = set(psutil.Process().children()), psutil.Process().num_fds()
    with (
        pytest.raises(Broken, match="its kernel died") as caught,
        kernel(WithoutConnectionFile()) as started,
    ):
        started.run("pass")
    assert "JSONDecodeError" in caught.value.stderr
    with pytest.raises(FileNotFoundError), kernel(Bare()) as started:
        raise FileNotFoundError
    assert (set(psutil.Process().children()), psutil.Process().num_fds()) == before


@pytest.mark.parametrize("name", ["bubblewrap", "container", "none"])
def test_what_a_dying_kernel_writes_is_kept(name: str) -> None:
    skip_without(name)
    with kernel(choose(name)) as started, pytest.raises(Broken, match="its kernel died") as caught:
        started.run("import os; os.write(2, b'its last \\x1b words\\n'); os.kill(os.getpid(), 9)")
    assert caught.value.stderr == "its last   words"


# Also goes on when the file has its largest size: then only the guard ends it.
WRITES_ON = """
import os, time
while True:
    try:
        os.write(2, bytes(2**16))
    except OSError:
        time.sleep(0.1)
"""


def test_what_a_kernel_writes_is_limited() -> None:
    skip_without("none")
    limits = Limits(folder=2 * 2**20)
    with kernel(choose("none"), limits) as started:
        with pytest.raises(Broken, match="left more than 2 MB of files"):
            started.run(WRITES_ON)
        assert started.log.stat().st_size < limits.file + 2**20


def test_sqlite_trusts_no_students_schema(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    event.listen(engine, "connect", set_up)
    with engine.connect() as connection:
        for pragma, value in (("trusted_schema", 0), ("cell_size_check", 1)):
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value
    engine.dispose()


def test_where_none_works_each_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoSandbox) as caught:
        choose()
    message = str(caught.value)
    assert "bubblewrap: It is not installed: sudo apt install bubblewrap." in message
    assert "container: Neither Docker nor Podman answers. Start one of them." in message
