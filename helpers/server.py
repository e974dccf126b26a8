"""The embedded tracking server: start it, stop it, ask how it is.

The same `mlflow server` options as docker-compose.yml, as a process of this machine, for whoever
has no container engine. Database, artifacts, log and state file live in one folder, `.mlflow/`.

    python -m helpers.server start | stop | status
    python -m helpers.server run -- COMMAND …     # the server for as long as COMMAND runs
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any
from urllib.parse import urlsplit

import psutil
import requests

DEFAULT_TRACKING_URI = "http://localhost:8080"
DATA_DIR = Path(__file__).resolve().parents[1] / ".mlflow"


class ServerError(RuntimeError):
    """The embedded tracking server cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class TrackingServer:
    """A tracking server that answers; `embedded` if it is the one that `start_server` started."""

    url: str
    version: str
    embedded: bool

    def __str__(self) -> str:
        kind = "Embedded tracking server" if self.embedded else "Tracking server"
        return f"{kind} at {self.url}, MLflow {self.version}"


def default_url() -> str:
    """Return where the tracking server is expected: `MLFLOW_TRACKING_URI`, else port 8080 here."""
    return (os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_TRACKING_URI).rstrip("/")


def probe(url: str, timeout: float = 2.0) -> str:
    """Return the MLflow version of the server at `url`.

    Asks a route that needs the database as well, because `/health` and `/version` do not.

    Args:
        url: the server's address, such as `http://localhost:8080`.
        timeout: the longest wait for each of the two answers, in seconds.

    Raises:
        ConnectionError: nothing answers, or what answers is no working MLflow server.
    """
    _bypass_proxy(url)
    try:
        version = requests.get(f"{url}/version", timeout=timeout)
        search = requests.post(
            f"{url}/api/2.0/mlflow/experiments/search", json={"max_results": 1}, timeout=timeout
        )
    except requests.RequestException as error:
        raise ConnectionError(f"Nothing answers at {url}.") from error
    if search.status_code == 403:  # `/version` answers all the same
        raise ConnectionError(
            f"The server at {url} refuses this host name (403). Start it with "
            f"MLFLOW_SERVER_ALLOWED_HOSTS={urlsplit(url).netloc}, or use a name that it allows."
        )
    if not version.ok or not version.text[:1].isdigit() or len(version.text) > 40:
        raise ConnectionError(f"What answers at {url} is not an MLflow tracking server.")
    if not search.ok:
        raise ConnectionError(
            f"The tracking server at {url} answers {search.status_code} when it needs its "
            "database. Its log says why."
        )
    return version.text


_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def _bypass_proxy(url: str) -> None:
    """Keep requests to a server on this machine from a proxy, which could not reach it.

    Each request is a little faster for it as well: nothing is left to look up in the environment.
    """
    host = urlsplit(url).hostname
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if host in _THIS_MACHINE and direct != "*" and host not in direct.split(","):
        os.environ["no_proxy"] = f"{direct},{host}".lstrip(",")


def free_url() -> str:
    """Return an address on this machine whose port is free."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://localhost:{bound.getsockname()[1]}"


def server_status(url: str | None = None, data_dir: Path | str = DATA_DIR) -> TrackingServer | None:
    """Return the tracking server that answers at `url`, or None.

    Args:
        url: its address; where the tracking server is expected if None.
        data_dir: folder of the embedded server.
    """
    url = url or default_url()
    try:
        return TrackingServer(url, probe(url), embedded=is_embedded(url, data_dir))
    except ConnectionError:
        return None


def start_server(
    url: str | None = None, data_dir: Path | str = DATA_DIR, timeout: float = 120
) -> TrackingServer:
    """Start the embedded tracking server and wait until it answers, unless one answers already.

    Args:
        url: its address on this machine; where the tracking server is expected if None.
        data_dir: folder for database, artifacts, log and state file; made if missing.
        timeout: the longest wait, in seconds; a start takes about 10.

    Raises:
        ServerError: the address is on another machine, the port is taken, the folder cannot be
            used, or the server died while starting (with the last lines of its log).
    """
    url = url or default_url()
    running = server_status(url, data_dir)
    if running:
        return running
    if not is_embedded(url, data_dir):
        _spawn(url, Path(data_dir))
    print(f"Starting the tracking server at {url} ", end="", flush=True)
    ready = wait_until_ready(url, data_dir, timeout, tick=lambda: print(".", end="", flush=True))
    print(" ready.", flush=True)
    return ready


def stop_server(data_dir: Path | str = DATA_DIR) -> bool:
    """Stop the embedded tracking server of `data_dir`; return whether there was one.

    Args:
        data_dir: folder of the embedded server.
    """
    process = _process(_read_state(data_dir))
    if process:
        family = [process, *process.children(recursive=True)]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.terminate()
        _, stubborn = psutil.wait_procs(family, timeout=10)
        for member in stubborn:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(stubborn, timeout=5)
    _reap()
    _state_file(data_dir).unlink(missing_ok=True)
    return process is not None


def is_embedded(url: str, data_dir: Path | str = DATA_DIR) -> bool:
    """Tell whether the embedded server of `data_dir` is at `url`, answering or still starting."""
    state = _read_state(data_dir)
    return _process(state) is not None and state["port"] == _port(url)


def wait_until_ready(
    url: str,
    data_dir: Path | str = DATA_DIR,
    timeout: float = 120,
    tick: Callable[[], None] = lambda: None,
) -> TrackingServer:
    """Wait for an embedded server that is starting; call `tick` about once a second.

    Args:
        url: the server's address.
        data_dir: folder of the embedded server.
        timeout: the longest wait, in seconds.
        tick: called without arguments, to show progress.

    Raises:
        ServerError: it died, or did not answer in time and was stopped.
    """
    deadline = time.monotonic() + timeout
    for turn in itertools.count():
        running = server_status(url, data_dir)
        if running:
            return running
        if not is_embedded(url, data_dir) or time.monotonic() > deadline:
            break
        if turn % 4 == 0:
            tick()
        time.sleep(0.25)
    reason = f"did not answer within {timeout:.0f} s" if stop_server(data_dir) else "ended"
    log = (Path(data_dir) / "server.log").read_text(errors="replace").splitlines()
    tail = "\n".join(f"    {line}" for line in log[-12:])
    raise ServerError(
        f"The tracking server {reason} while starting. The last lines of "
        f"{Path(data_dir) / 'server.log'}:\n{tail}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m helpers.server", description=__doc__)
    parser.add_argument("--data-dir", default=DATA_DIR, type=Path, help="default: %(default)s")
    parser.add_argument("action", choices=["start", "stop", "status", "run"])
    parser.add_argument("command", nargs=argparse.REMAINDER, help="for run: -- COMMAND …")
    parsed = parser.parse_args(arguments)
    command = parsed.command[1:] if parsed.command[:1] == ["--"] else parsed.command
    if parsed.action == "run" and not command:
        parser.error("run needs a command: run -- COMMAND …")
    try:
        if parsed.action == "run":
            return _run(command, parsed.data_dir)
        if parsed.action == "start":
            print(start_server(data_dir=parsed.data_dir))
            return 0
    except ServerError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return (_stop if parsed.action == "stop" else _status)(parsed.data_dir)


def _status(data_dir: Path) -> int:
    running = server_status(data_dir=data_dir)
    print(running or f"No tracking server answers at {default_url()}.")
    return 0 if running else 1


def _stop(data_dir: Path) -> int:
    if stop_server(data_dir):
        print("The embedded tracking server is stopped.")
    elif _status(data_dir) == 0:
        print("It is not the embedded one: end it where it was started (docker compose stop).")
        return 1
    return 0


def _run(command: Sequence[str], data_dir: Path) -> int:
    """Run `command` with a tracking server beside it; end the server if it was started here."""
    url = default_url()
    running = server_status(url, data_dir)
    ours = running is None and not is_embedded(url, data_dir)
    if running:
        print(running)
    elif ours:
        _spawn(url, data_dir)
    # A process group of its own: Ctrl-C reaches this process alone, which then ends both.
    group: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
    environment = {**os.environ, **_ENVIRONMENT, "MLFLOW_TRACKING_URI": url}
    child = subprocess.Popen(command, env=environment, **group)

    def end(_signal: int, _frame: FrameType | None) -> None:
        child.terminate()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    if ours:  # the start is not in the command's way
        threading.Thread(target=_report_start, args=(url, data_dir, child), daemon=True).start()
    try:
        return child.wait()
    finally:
        if ours and stop_server(data_dir):
            print("The embedded tracking server is stopped.")


def _report_start(url: str, data_dir: Path, child: subprocess.Popen[bytes]) -> None:
    try:
        print(wait_until_ready(url, data_dir), flush=True)
    except ServerError as error:
        if child.poll() is None:  # else it was ended on purpose, together with the command
            print(f"\n{error}", file=sys.stderr, flush=True)


_spawned: list[subprocess.Popen[bytes]] = []  # kept, so that the ones that died can be reaped


def _spawn(url: str, data_dir: Path) -> None:
    """Start the server's process and write down which one it is; do not wait for it."""
    data_dir = data_dir.resolve()  # the process has another working directory
    _refuse_what_cannot_work(url, data_dir)
    with _open_log(data_dir) as log:
        popen = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *_options(_port(url), data_dir)],
            cwd=data_dir,
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a signal for the caller is not for the server
        )
    _spawned.append(popen)
    created = psutil.Process(popen.pid).create_time()
    state = {"pid": popen.pid, "create_time": created, "port": _port(url)}
    _state_file(data_dir).write_text(json.dumps(state))


# As in docker-compose.yml, which says why.
_ENVIRONMENT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
_GUNICORN = (
    "--worker-class gthread --threads 8 --keep-alive 75 --timeout 0 --graceful-timeout 1"
    " --no-control-socket"
)
# Windows has no gunicorn. A line a request in the log is much, and nobody reads it.
_UVICORN = ["--uvicorn-opts", "--no-access-log"]


def _options(port: int, data_dir: Path) -> list[str]:
    store, artifacts = f"sqlite:///{(data_dir / 'mlflow.db').as_posix()}", data_dir / "artifacts"
    listen = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    serve = ["--gunicorn-opts", _GUNICORN] if os.name == "posix" else _UVICORN
    keep = ["--backend-store-uri", store, "--artifacts-destination", str(artifacts)]
    return ["server", *listen, *serve, *keep]


def _refuse_what_cannot_work(url: str, data_dir: Path) -> None:
    if urlsplit(url).hostname not in _THIS_MACHINE:
        raise ServerError(
            f"No tracking server answers at {url}, and that is not an address of this machine. "
            "Start it there, or unset MLFLOW_TRACKING_URI."
        )
    with socket.socket() as taken:
        if taken.connect_ex(("127.0.0.1", _port(url))) == 0:
            raise ServerError(
                f"Port {_port(url)} is taken by something that is not a working tracking server. "
                "End it, or choose another: export MLFLOW_TRACKING_URI=http://localhost:8090"
            )
    other = _read_state(data_dir)
    if _process(other):
        raise ServerError(
            f"The tracking server of {data_dir} runs already, on port {other['port']}. "
            "Stop it first: python -m helpers.server stop"
        )


def _open_log(data_dir: Path) -> IO[bytes]:
    """Make the data folder ready for a server and return its log, open and empty."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        # Write-ahead logging: one flush to disk a commit instead of three, as durable as before.
        with contextlib.closing(sqlite3.connect(data_dir / "mlflow.db")) as database:
            database.execute("PRAGMA journal_mode=WAL")
        return (data_dir / "server.log").open("wb")
    except (OSError, sqlite3.Error) as error:
        raise ServerError(f"The data folder {data_dir} cannot be used: {error}.") from error


def _reap() -> None:
    for popen in _spawned:
        popen.poll()


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _state_file(data_dir: Path | str) -> Path:
    return Path(data_dir) / "server.json"


def _read_state(data_dir: Path | str) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(_state_file(data_dir).read_text())
    except (OSError, ValueError):  # never started, or its writing was cut off: nothing to find
        return {}
    return state


def _process(state: dict[str, Any]) -> psutil.Process | None:
    """Return the live process that `state` speaks of; the number alone may have been reused."""
    _reap()
    try:
        process = psutil.Process(state["pid"])
        same = process.create_time() == state["create_time"]
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (KeyError, psutil.NoSuchProcess):
        return None


if __name__ == "__main__":
    sys.exit(main())
