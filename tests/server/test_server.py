"""helpers.server: a real server is started, stopped and refused; every failure is a sentence."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
import psutil
import pytest
import requests
import yaml

from helpers import server
from helpers.server import EmbeddedServer, ServerError, settings
from helpers.server.settings import ENVIRONMENT, OPTIONS
from tests.shared import shared_machine, skip_without_container
from tools.containers import compose, throw_away
from tools.servers import free_url, temporary_server

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def url() -> str:
    return free_url()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    EmbeddedServer(tmp_path / "data").stop()


def processes_of(folder: Path) -> list[psutil.Process]:
    """Every live process whose command line names the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and str(folder.resolve()) in " ".join(
                process.cmdline()
            ):
                found.append(process)
        except psutil.Error:
            continue  # it ended while we looked
    return found


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tools.tracking_server", "--data-dir", str(folder), *words]


def test_a_server_starts_once_is_found_and_stops(
    url: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    monkeypatch.chdir(folder.parent)
    folder = Path(folder.name)  # a folder may be named as seen from here

    def says(*words: str, status: int = 0) -> str:
        done = subprocess.run(command(folder, *words), capture_output=True, text=True, check=False)
        assert done.returncode == status, done
        return done.stdout + done.stderr

    assert says("status", status=1) == says("stop") == f"No tracking server answers at {url}.\n"
    assert server.server_status(url) == ""

    said = says("start")
    assert re.match(
        rf"Starting the tracking server at {url} \.[. ]* ready\. Its runs: {url}/#/\S+\n", said
    )
    assert said.endswith(f"Embedded tracking server at {url}, MLflow {mlflow.__version__}\n")
    assert requests.get(f"{url}/health", timeout=5).text == "OK"
    found = EmbeddedServer(folder).status()
    assert found == f"Embedded tracking server at {url}, MLflow {mlflow.__version__}"
    assert says("status") == f"{found}\n"
    assert EmbeddedServer(folder, url).start() == found
    assert capsys.readouterr().out == ""  # it reported the one that runs and started no other
    with pytest.raises(ServerError, match="runs on another port"):
        EmbeddedServer(folder, free_url()).start()

    assert processes_of(folder)
    assert says("stop") == "The embedded tracking server is stopped.\n"
    assert processes_of(folder) == []
    assert server.server_status(url) == ""
    assert not EmbeddedServer(folder).stop()


def test_the_folder_says_where_its_server_is_and_a_number_used_again_is_another_process(
    url: str, folder: Path
) -> None:
    started = EmbeddedServer(folder, url)
    started.launch()
    said = json.loads((folder / "server.json").read_text())
    assert url.endswith(f":{said['port']}")
    assert EmbeddedServer(folder).running_port() == said["port"]
    (folder / "server.json").write_text(json.dumps(said | {"pid": os.getpid()}))
    assert EmbeddedServer(folder).processes() == []
    (folder / "server.json").write_text(json.dumps(said))
    assert started.stop()
    assert not (folder / "server.json").exists()


def test_whoever_asks_where_the_server_is_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    assert server.default_url().startswith("http://localhost:")
    assert EmbeddedServer(folder).url == server.default_url()
    assert dict(os.environ) == before
    assert not folder.exists()


def test_a_port_taken_by_something_else_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServerError, match=f"Port {port} is taken"):
            EmbeddedServer(folder, f"http://localhost:{port}").start()
    assert not folder.exists()


@pytest.fixture
def other_user() -> Iterator[int]:
    """A port at which a program of another user listens."""
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("only root can be another user")
    os.seteuid(65534)
    with socket.create_server(("127.0.0.1", 0)) as other:
        os.seteuid(0)
        yield other.getsockname()[1]


def test_another_users_port_is_passed_over_unless_it_is_named(
    other_user: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = f"http://localhost:{other_user}"
    monkeypatch.setattr(settings, "PORTS", range(other_user, other_user + 50))
    monkeypatch.setenv("FOUND_TRACKING_URI", "")  # is as it was afterwards
    monkeypatch.setenv("MLFLOW_TRACKING_URI", theirs)
    assert server.default_url() == theirs
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert server.default_url() != theirs
    server.use(theirs)  # was found here once, and its server ended
    assert server.default_url() != theirs
    server.use(server.default_url())
    assert os.environ["MLFLOW_TRACKING_URI"] == server.default_url()


def test_roots_port_is_passed_over_unless_a_container_is_there(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_without_container()
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("only root can be another user")
    monkeypatch.setattr(os, "getuid", lambda: 20001)  # a student
    project = f"course-test-{uuid.uuid4().hex[:8]}"
    try:
        compose(project, "up", "--detach", url=url)
        assert not settings.is_foreign(EmbeddedServer(url=url).port)
    finally:
        throw_away(project)
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert settings.is_foreign(other.getsockname()[1])


def alone(program: str, folder: Path) -> str:
    """What a program says on a machine of which no port is taken, and where nothing is set."""
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap, for a machine without taken ports, is not installed")
    names = ("MLFLOW_TRACKING_URI", "FOUND_TRACKING_URI", "EXPERIMENT_PREFIX")
    unset = [word for name in names for word in ("--unsetenv", name)]
    home = ["--setenv", "HOME", str(folder), "--setenv", "XDG_DATA_HOME", str(folder)]
    done = subprocess.run(
        [*shared_machine("--unshare-net", *unset, *home), sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done
    return done.stdout


def test_a_taken_port_is_passed_over_and_the_server_is_found_again(tmp_path: Path) -> None:
    program = """
import socket, subprocess, sys
taken = socket.create_server(("127.0.0.1", 8080))
kernel = "from helpers import connect; print(connect('a'))"
for words in (["start"], ["status"], None, ["start"], ["stop"]):
    command = ["-m", "tools.tracking_server", *words] if words else ["-c", kernel]
    subprocess.run([sys.executable, *command])
"""
    start, status, kernel, again, stop = alone(program, tmp_path).strip().rsplit("\n", 4)
    assert "Port 8080 is taken. The tracking server of this folder is at 8081." in start
    assert "Starting the tracking server at http://localhost:8081" in start
    found = f"Embedded tracking server at http://localhost:8081, MLflow {mlflow.__version__}"
    assert start.endswith(found)
    assert status == again == found
    assert kernel.startswith("a in the MLflow UI: http://localhost:8081/#/experiments/1/runs")
    assert stop == "The embedded tracking server is stopped."


def test_the_server_of_another_copy_is_named_and_used_only_if_asked_for(tmp_path: Path) -> None:
    other = tmp_path / "another copy" / ".mlflow"
    program = f"""
import os, subprocess, sys
tool = [sys.executable, "-m", "tools.tracking_server"]
kernel = [sys.executable, "-m", "IPython", "-c", "from helpers import connect; connect('a')"]
other = [*tool, "--data-dir", {str(other)!r}]
subprocess.run([*other, "start"], stdout=subprocess.DEVNULL)
for command in (kernel, [*tool, "start"], [*tool, "stop"]):
    subprocess.run(command, stderr=subprocess.DEVNULL)
os.environ["MLFLOW_TRACKING_URI"] = "http://localhost:8080"
subprocess.run([*tool, "status"])
subprocess.run([*other, "stop"])
"""
    kernel, _, rest = alone(program, tmp_path).partition("Start a tracking server in one of")
    whose = f"The server at http://localhost:8080 is that of {other}. MLFLOW_TRACKING_URI="
    assert "Nothing answers at http://localhost:8081." in kernel
    assert whose in kernel
    assert f"{whose}http://localhost:8080 would use it. The tracking server of this folder" in rest
    assert "Embedded tracking server at http://localhost:8081" in rest
    assert f"Tracking server at http://localhost:8080, MLflow {mlflow.__version__}\n" in rest
    assert rest.count("The embedded tracking server is stopped.") == 2


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can be two users")
def test_two_users_of_one_machine_have_a_server_each(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if "pytest-of-" in str(folder):
            folder.chmod(0o755)  # pytest closes them to others
    program = f"import sys; sys.argv[1:] = [{str(tmp_path)!r}]; import runpy; " + (
        f"runpy.run_path({str(ROOT / 'tests' / 'two_users.py')!r}, run_name='__main__')"
    )
    started, worked, stopped, after, _ = json.loads(alone(program, tmp_path))
    ports = re.findall(r"Embedded tracking server at \S+:(\d+)", "\n".join(started.values()))
    assert sorted(ports) == ["8080", "8081"], started
    for name, said in worked.items():
        found = json.loads(said)
        assert found["experiments"] == [f"of {name}", "Default"]
        assert found["status"].startswith("Embedded")
    assert stopped == {"ada": "The embedded tracking server is stopped.\n"}
    assert "ServerUnreachable: Nothing answers at" in after["ada"]
    assert json.loads(after["bob"]) == json.loads(worked["bob"])


def test_a_folder_that_cannot_be_written_is_named(url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ServerError, match=r"data folder .* cannot be used"):
        EmbeddedServer(tmp_path / "file" / "data", url).start()


def test_a_database_that_is_none_is_named(url: str, folder: Path) -> None:
    folder.mkdir()
    (folder / "mlflow.db").write_text("no database " * 100)
    with pytest.raises(ServerError, match="not a database"):
        EmbeddedServer(folder, url).start()
    assert processes_of(folder) == []


def test_a_server_that_dies_while_starting_leaves_its_log_and_no_process(
    url: str, folder: Path
) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "mlflow.db") as database:  # as a newer MLflow would leave it
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
    database.close()
    with pytest.raises(ServerError) as caught:
        EmbeddedServer(folder, url).start()
    assert "ended while starting" in str(caught.value)
    assert "from_the_future" in str(caught.value)  # the log says why
    assert processes_of(folder) == []
    assert server.server_status(url) == ""


def test_a_server_that_is_too_slow_is_ended(url: str, folder: Path) -> None:
    with pytest.raises(ServerError, match="did not answer within 0 s"):
        EmbeddedServer(folder, url).start(timeout=0)
    assert processes_of(folder) == []


def test_an_address_elsewhere_is_not_started_here(folder: Path) -> None:
    with pytest.raises(ServerError, match="is not on this machine"):
        EmbeddedServer(folder, "http://192.0.2.1:8080").start()


def test_what_only_speaks_of_the_folder_is_left_alone(url: str, folder: Path) -> None:
    artifacts = str(folder.resolve() / "artifacts")
    sleep = [sys.executable, "-c", "import time; time.sleep(600)", artifacts]
    with subprocess.Popen(sleep) as other:
        assert not EmbeddedServer(folder, url).stop()
        assert other.poll() is None
        other.kill()


def test_a_server_is_known_by_its_folder_and_outlived_by_its_data() -> None:
    with temporary_server() as temporary:
        same = EmbeddedServer(temporary.folder)
        assert same.processes() == temporary.processes() != []
        assert temporary.at_url
        assert not EmbeddedServer(temporary.folder, free_url()).at_url
        assert not EmbeddedServer(temporary.folder, f"http://192.0.2.1:{temporary.port}").at_url
        family = temporary.processes()
        for process in family:
            process.kill()
        psutil.wait_procs(family)
        assert processes_of(temporary.folder) == []
        assert temporary.start().startswith("Embedded")  # its data are still good


@pytest.mark.parametrize("error", [ArithmeticError, KeyboardInterrupt])
def test_a_temporary_server_leaves_nothing_whatever_happens(error: type[BaseException]) -> None:
    with pytest.raises(error), temporary_server() as temporary:
        raise error
    assert processes_of(temporary.folder) == []
    assert not temporary.folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no gunicorn")
def test_the_container_and_the_embedded_server_are_run_alike() -> None:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["mlflow"]
    before, _, after = service["command"][-1].partition("exec mlflow server ")
    assert "PRAGMA journal_mode=WAL" in before
    words = shlex.split(after)
    words.remove("--serve-artifacts")  # the default
    options = dict(zip(words[::2], words[1::2], strict=True))
    for its_own in ("--host", "--port", "--backend-store-uri", "--artifacts-destination"):
        del options[its_own]
    assert options == dict(zip(OPTIONS[::2], OPTIONS[1::2], strict=True))
    assert service["environment"] == ENVIRONMENT


def data_dir(*, of: Path, home: Path) -> Path:
    """The data folder of the `helpers` in a folder, for a user with this home."""
    environment = {**os.environ, "PYTHONPATH": str(of), "HOME": str(home)}
    environment.pop("XDG_DATA_HOME", None)
    program = "from helpers.server.settings import data_dir; print(data_dir())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=of,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(done.stdout.strip())


@pytest.mark.skipif(os.name != "posix", reason="Windows takes the user's folders from elsewhere")
def test_data_go_to_the_checkout_or_else_to_the_user(tmp_path: Path) -> None:
    installed, home = tmp_path / "installed", tmp_path / "home"
    shutil.copytree(ROOT / "helpers", installed / "helpers")
    assert data_dir(of=installed, home=home).is_relative_to(home)
    shutil.copy(ROOT / "pyproject.toml", installed)  # now it is a checkout
    assert data_dir(of=installed, home=home) == installed / ".mlflow"
    assert not (installed / ".mlflow").exists()  # whoever asks makes nothing


@pytest.mark.skipif(
    not shutil.which("bwrap"), reason="bubblewrap, for a read-only folder, is not installed"
)
def test_a_checkout_that_is_read_only_is_left_alone(tmp_path: Path) -> None:
    program = "from helpers.server.settings import data_dir; print(data_dir())"
    done = subprocess.run(
        ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", sys.executable, "-c", program],
        env={**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


@contextmanager
def jupyter(folder: Path, tracking_uri: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A Jupyter server whose `helpers` are no checkout, so that its data go to the folder."""
    shutil.copytree(ROOT / "helpers", folder / "installed" / "helpers")
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "installed"),
        "XDG_DATA_HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "MLFLOW_TRACKING_URI": tracking_uri,
        **settings,
    }
    switched_on = "--ServerApp.jpserver_extensions=tools.jupyter=True"
    options = ["--no-browser", "--allow-root", f"--port={free_url().rpartition(':')[2]}"]
    with subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options, switched_on],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # one that has not ended by itself would be waited for without end


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals for another process")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_server_that_came_with_jupyter_ends_with_it(
    url: str, tmp_path: Path, name: str
) -> None:
    with jupyter(tmp_path, url) as process:
        while not server.server_status(url):
            assert process.poll() is None
            time.sleep(0.2)
        process.send_signal(signal.Signals[name])
        output, _ = process.communicate(timeout=60)
    assert f"Starting the embedded tracking server at {url}" in output
    assert "The embedded tracking server is stopped." in output
    assert processes_of(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals for another process")
def test_jupyter_leaves_a_server_that_it_found(tracking_uri: str, tmp_path: Path) -> None:
    with jupyter(tmp_path, tracking_uri) as process:
        said = until(process, "is running at")
        process.terminate()
        process.communicate(timeout=60)
    assert f"Tracking server at {tracking_uri}" in said
    assert f"begin with {os.environ['EXPERIMENT_PREFIX']!r}" in said
    assert server.probe(tracking_uri)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals for another process")
def test_on_a_hubs_shared_server_the_users_name_is_the_prefix_unless_one_is_set(
    tracking_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with jupyter(tmp_path, tracking_uri, JUPYTERHUB_USER="ada", EXPERIMENT_PREFIX="b-") as process:
        assert "begin with 'b-'" in until(process, "is running at")
        process.terminate()
        process.communicate(timeout=60)
    monkeypatch.delenv("EXPERIMENT_PREFIX")
    shutil.rmtree(tmp_path / "installed")
    with jupyter(tmp_path, tracking_uri, JUPYTERHUB_USER="ada") as process:
        assert "begin with 'ada-'" in until(process, "is running at")
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals for another process")
def test_jupyter_starts_without_a_server_that_cannot_be_had(tmp_path: Path) -> None:
    with jupyter(tmp_path, "http://192.0.2.1:8080") as process:
        said = until(process, "is running at")
        process.terminate()
        process.communicate(timeout=60)
    assert "is not on this machine" in said


def until(process: subprocess.Popen[str], words: str) -> str:
    """What the process says, up to the line with these words."""
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def test_what_is_installed_switches_the_extension_on() -> None:
    """Found in the environment's own folder, by whatever Jupyter server starts there."""
    command = [sys.executable, "-m", "jupyter_server.extension.serverextension", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.search(r"tools\.jupyter.*enabled", done.stdout + done.stderr)


def test_stop_does_not_end_a_server_that_is_not_embedded(tracking_uri: str, folder: Path) -> None:
    done = subprocess.run(command(folder, "stop"), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "not the embedded one" in done.stdout
    assert server.probe(tracking_uri)
