"""`mlreg tracker start` and `stop` with real servers; what a test starts is ended by its number, come what may."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mlreg.adapters import processes, server_files
from tests.architecture.test_budget import imported
from tests.cli_runner import MLREG, Mlreg, Result
from tests.waiting import until

START = ("tracker", "start", "here")


def done(result: Result) -> Result:
    """The result of a command that must succeed."""
    assert result.code == 0, result.stderr
    return result


@pytest.fixture
def desk(mlreg: Mlreg) -> Iterator[Mlreg]:
    """mlreg with a local tracker, `here`."""
    done(mlreg("tracker", "register", "here"))
    yield mlreg
    for known in records(mlreg):
        processes.end(known.processes, 5)


def records(desk: Mlreg) -> list[server_files.Record]:
    """What mlreg keeps of its servers."""
    found = map(server_files.read, (desk.home / "mlreg" / "servers").glob("*/"))
    return [record for record in found if record]


def shown(desk: Mlreg) -> dict[str, Any]:
    """What `tracker show` tells of the server."""
    fields = done(desk("tracker", "show", "here", "-o", "json")).json
    return {name: value for name, value in fields.items() if name.startswith("server_")}


def left(desk: Mlreg) -> list[str]:
    """What is left of servers in the state directory."""
    return [path.name for path in (desk.home / "mlreg" / "servers").rglob("*")]


def with_mlflow(desk: Mlreg, uri: str, *code: str) -> list[str]:
    """What a program prints that opens a store, or a server, as MLflow's own `client`."""
    program = "\n".join(["import os, mlflow", f"client = mlflow.MlflowClient({uri!r})", *code])
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_LOGGING_LEVEL": "ERROR"}
    ran = subprocess.run(
        [MLREG[0], "-c", program],
        env={**desk.env, **quiet},
        cwd=desk.home,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.splitlines()


def test_eight_starts_make_one_server(desk: Mlreg) -> None:
    """In the place of one of another MLflow. All print its address; stop leaves nothing."""
    foreign = {"MLFLOW_WORKSPACE": "w"}  # which a server refuses to start with
    with old_server(desk), ThreadPoolExecutor(8) as threads:
        results = [done(result) for result in threads.map(lambda _: desk(*START, env=foreign, timeout=120), range(8))]
    (address,) = {result.stdout for result in results}
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\n", address)
    (first,) = [result for result in results if "started MLflow" in result.stderr]
    assert "because version 2.0 ran" in first.stderr
    assert "no password" in first.stderr
    check_running(desk, address.strip())
    (record,) = records(desk)
    done(desk("tracker", "rename", "here", "there"))
    assert done(desk("tracker", "stop", "--all", "-o", "name")).stdout == "there\n"
    assert not any(map(processes.alive, record.processes))
    assert left(desk) == []


@contextmanager
def old_server(desk: Mlreg) -> Iterator[None]:
    """Something that is taken for the server of an MLflow that is not installed any more; it must be ended."""
    store = done(desk("tracker", "show", "here", "-o", "json")).json["tracking_uri"]
    directory = desk.home / "mlreg" / "servers" / server_files.name_of(store)
    directory.mkdir(parents=True)
    with subprocess.Popen([MLREG[0], "-c", "import time; time.sleep(600)"], start_new_session=True) as process:
        known = processes.look(process.pid)
        assert known
        server_files.write(
            directory, server_files.Record(tracker="here", version="2.0", processes=(known,), uri="http://127.0.0.1:9")
        )
        yield
        assert process.wait(5) == -signal.SIGTERM


def check_running(desk: Mlreg, address: str) -> None:
    """Hold a running server to what is promised: shown, on loopback only, used by every command, by no proxy."""
    found = shown(desk)
    assert (found["server_state"], found["server_uri"]) == ("running", address)
    assert os.getsid(found["server_pid"]) == found["server_pid"]
    assert "running on" in Path(found["server_log"]).read_text()
    assert only_on_loopback(int(address.rpartition(":")[2]))
    done(desk("model", "create", "churn"))
    assert "mlflow" not in imported(desk, "model", "list")
    assert done(desk("model", "open", "churn")).stdout == f"{address}/#/models/churn\n"
    proxied = desk("model", "list", "-o", "name", env={"http_proxy": "http://127.0.0.1:9"})
    assert done(proxied).stdout == "churn\n"
    (line,) = (line for line in done(desk("status")).stdout.splitlines() if line.startswith("server"))
    assert "answers, MLflow" in line
    assert line.endswith(address)


def only_on_loopback(port: int) -> bool:
    """Tell whether this machine's other addresses refuse connections."""
    others = {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)}
    return all(address.startswith("127.") or not connects(address, port) for address in others)


def connects(address: str, port: int) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((address, port)) == 0


RUN = "client.search_runs(['0'])[0].info.run_id"
READ = f"print(open(client.download_artifacts({RUN}, 'model/MLmodel', os.environ['HOME'])).read())"
WRITE = "run = client.create_run('0').info.run_id; client.log_text(run, 'bytes', 'model/MLmodel'); print(run)"


def test_a_server_that_was_killed(desk: Mlreg) -> None:
    """Commands warn once and go on without it; what it wrote can be read, and the other way round."""
    store = done(desk("tracker", "show", "-o", "json")).json["tracking_uri"]
    address = done(desk(*START, timeout=120)).stdout.strip()
    (run,) = with_mlflow(desk, address, WRITE)
    done(desk("model", "register", "churn", f"runs:/{run}/model"))
    (before,) = records(desk)
    os.kill(before.processes[0].pid, signal.SIGKILL)
    until(lambda: shown(desk)["server_state"] == "ended", 10, lambda: "it lives on")
    assert processes.alive(before.processes[1])
    listed = done(desk("model", "list", "-o", "name"))
    assert (listed.stdout, listed.stderr.count("has ended")) == ("churn\n", 1)
    assert not any(map(processes.alive, before.processes))
    assert left(desk) == []

    read, newest = with_mlflow(desk, store, READ, WRITE)
    assert read == "bytes"
    address = done(desk(*START, timeout=120)).stdout.strip()
    assert with_mlflow(desk, address, READ) == ["bytes"]
    registered = done(desk("model", "register", "churn", f"runs:/{newest}/model", "-o", "json"))
    assert registered.json["source"].startswith(f"file://{Path(store.removeprefix('sqlite:///')).parent}/artifacts/")
    deleted = done(desk("tracker", "delete", "here"))
    assert "the server of here is stopped" in deleted.stderr
    assert left(desk) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_a_start_that_is_broken_off(desk: Mlreg, number: int, code: int) -> None:
    """Takes its server along; if it cannot, who looks next takes over what it has left."""
    with subprocess.Popen([*MLREG, *START], env=desk.env, stderr=subprocess.DEVNULL) as start:
        until(lambda: records(desk), 20, lambda: "nothing is started")
        (record,) = records(desk)
        start.send_signal(number)
        assert start.wait(30) == code
    if number == signal.SIGKILL:
        assert shown(desk)["server_state"] == "starting"
        until(lambda: shown(desk)["server_state"] == "running", 60, lambda: "nobody takes it over")
        (record,) = records(desk)
        assert "mlflow" not in imported(desk, "model", "list")
        assert "is stopped" in done(desk("tracker", "stop")).stderr
    assert not any(map(processes.alive, record.processes))
    done(desk("tracker", "stop", "--all"))
    assert left(desk) == []


def test_a_server_that_does_not_start(desk: Mlreg) -> None:
    """The end of its log is the cause, and nothing runs; a schema of another MLflow has its own words."""
    (desk.home / "x.db").write_text("no database" * 100)
    done(desk("tracker", "register", "broken", "./x.db"))
    failed = desk("tracker", "start", "broken", timeout=120)
    assert (failed.code, failed.stdout) == (1, "")
    assert "file is not a database" in failed.stderr
    assert "line " not in failed.stderr
    assert records(desk) == []
    done(desk("tracker", "stop", "--all"))
    assert left(desk) == []


def test_quickstart_at_a_terminal(mlreg: Mlreg) -> None:
    """The server outlives the terminal, and what it is good for is said; --remove stops it."""
    screen = mlreg.pty("quickstart", timeout=120).output.decode()
    try:
        assert "starting MLflow for quickstart ... " in screen
        assert "tracker stop quickstart" in screen
        assert "mlflow" not in imported(mlreg, "model", "list")
        (record,) = records(mlreg)
        done(mlreg("quickstart", "--remove"))
        assert not any(map(processes.alive, record.processes))
        assert left(mlreg) == []
    finally:
        for known in records(mlreg):
            processes.end(known.processes, 5)


def test_how_to_be_fast_is_said_once(mlreg: Mlreg) -> None:
    """To a person at a terminal, for each store."""
    done(mlreg("tracker", "register", "here"))
    assert "tracker start" not in mlreg("model", "list").stderr
    screens = [mlreg.pty("model", "list").output for _ in range(2)]
    assert [b"faster: mlreg tracker start here" in screen for screen in screens] == [True, False]
