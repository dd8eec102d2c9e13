"""The Python API in real programs: connect, activate, errors, against a real server and a real keyring."""

import json
import re
import sys
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

import mlreg as package
from mlreg.core import errors
from mlreg.core.ports import Registry
from tests.cli_runner import CHECKOUT, Mlreg, run
from tests.databricks import TOKEN, standing_in
from tests.e2e.test_run import TRAINING
from tests.labs import RestLab
from tests.servers import Server

README = (CHECKOUT / "README.md").read_text()
QUIET = {"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}

# What every program below begins with: `told` collects what it prints at its end, `state` is what must be put back.
HEAD = """
import json, os, sys, threading
import mlreg

told = {}

def state():
    import mlflow
    from mlflow.tracking import fluent
    ours = {name: value for name, value in os.environ.items() if name.startswith(("MLFLOW", "MLREG", "DATABRICKS"))}
    return ours, mlflow.get_tracking_uri(), mlflow.get_registry_uri(), fluent._active_experiment_id, mlflow.active_run()
"""
TAIL = """
print(json.dumps(told))
"""

TRAINED = """
import runpy, subprocess
script, name = sys.argv[1:]
before = state()
with mlreg.activate(experiment=name):
    sys.argv = [script, name]
    runpy.run_path(script, run_name="__main__")
    told["environ"] = subprocess.run(["cat", "/proc/self/environ"], capture_output=True, text=True).stdout
    told["own"] = open("/proc/self/environ").read()
told["restored"] = state() == before

@mlreg.activate(nested=True, run_name="step", tags={"step": "1"})
def step():
    import mlflow
    mlflow.log_metric("loss", 0.5)
    return mlflow.active_run().info.run_id

with mlreg.activate("team", experiment=name, run_name="pipeline", tags={"who": "me"}) as outer:
    told["runs"] = [outer.info.run_id, step()]

    import mlflow
    with mlflow.start_span(name="thought"):
        pass
told["experiment"] = outer.info.experiment_id
with mlreg.activate("team"):
    told["traces"] = len(mlflow.search_traces(locations=[outer.info.experiment_id], return_type="list"))
"""

ENDED = """
import mlflow

before = state()
told["runs"] = {}
for error in (ValueError("no"), KeyboardInterrupt(), SystemExit(0), SystemExit(2)):
    try:
        with mlreg.activate("prod", run_name="r") as run:
            inner = mlflow.start_run(nested=True)
            raise error
    except BaseException as caught:
        assert caught is error
    told["runs"][repr(error)] = [run.info.run_id, inner.info.run_id]
told["restored"] = state() == before

with mlreg.activate("prod", run_name="outer") as outer:
    within = state()
    with mlreg.activate("here", run_name="elsewhere") as other:
        mlflow.log_metric("there", 1)
        assert mlflow.active_run() == other
    assert state() == within
    mlflow.log_metric("back", 1)
told["outer"] = outer.info.run_id
with mlreg.activate("here"):
    told["elsewhere"] = mlflow.get_run(other.info.run_id).data.metrics

registry = mlreg.connect("here")
registry.create_model("local")
told["local"] = [model.name for model in registry.search_models()]
told["restored at last"] = state() == before
"""

SHARED = """
from concurrent.futures import ThreadPoolExecutor
import mlflow

bob, admin, name = sys.argv[1:]
together = threading.Barrier(2)

def through_registry(stack):
    registry = mlreg.connect(stack)
    together.wait(20)
    registry.create_model(f"{name}-connect-{stack}")

def through_mlflow(uri):
    client = mlflow.MlflowClient(uri, registry_uri=uri)
    together.wait(20)
    client.create_registered_model(f"{name}-client-{'bob' if uri == bob else 'prod'}")

def second_activation():
    try:
        with mlreg.activate("bob"):
            pass
    except mlreg.errors.Conflict as error:
        told["refused"] = str(error)

for stack in "prod", "bob":
    with mlreg.activate(stack):
        mlflow.MlflowClient().create_registered_model(f"{name}-activate-{stack}")
with ThreadPoolExecutor(2) as pool:
    list(pool.map(through_registry, ["prod", "bob"]))
    with mlreg.activate("prod"):
        list(pool.map(through_mlflow, [bob, admin]))
        pool.submit(second_activation).result()
"""

DATABRICKS = """
import mlflow
from mlflow.utils.rest_utils import get_workspace_client

for stack in "stranger", "ours":
    with mlreg.activate(stack):
        try:
            mlflow.MlflowClient().search_registered_models()
            told[stack] = "let in"
        except mlflow.exceptions.MlflowException as error:
            told[stack] = str(error)
told["left"] = ["DATABRICKS_TOKEN" in os.environ, get_workspace_client.cache_info().currsize]
"""

INSIDE = """
import mlflow

with mlreg.activate(nested=True) as inner:
    pass
with mlreg.activate():
    told["resumed"] = mlflow.start_run().info.run_id
told["inner"] = inner.info.run_id
"""


def program(office: Mlreg, code: str, *args: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a program that uses mlreg; what it told."""
    script = office.home / "program.py"
    script.write_text(HEAD + code + TAIL)
    done = run(
        str(script), *args, env={**office.env, **QUIET, **(env or {})}, program=[sys.executable], cwd=office.home
    )
    assert done.code == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_training_nested_runs_and_tags(office: Mlreg, secure_server: Server) -> None:
    """A script runs unchanged, logs in, registers its model; then a pipeline with a step inside, both tagged.

    The password is in no environment, traces arrive, and everything is put back.
    """
    assert office("stack", "register", "team", "-t", "prod", "--tag", "team=risk").code == 0
    name = f"net-{uuid4().hex[:8]}"
    script = office.home / "train.py"
    script.write_text(TRAINING)
    told = program(office, TRAINED, str(script), name)
    assert str(secure_server.password) not in told["environ"] + told["own"]
    assert "MLFLOW_TRACKING_AUTH=mlreg" in told["environ"]
    assert told["restored"]
    lab = RestLab(secure_server)
    (version,) = lab.registry.search_versions(name)
    assert (version.number, lab.tracking.get_run(version.run_id).params["fit_intercept"]) == (1, "True")
    outer, inner = (lab.tracking.get_run(run_id) for run_id in told["runs"])
    assert (outer.name, outer.status, inner.name, inner.status) == ("pipeline", "FINISHED", "step", "FINISHED")
    assert {"team": "risk", "who": "me"}.items() <= outer.tags.items()
    assert {"step": "1", "mlflow.parentRunId": outer.run_id}.items() <= inner.tags.items()
    assert inner.metrics == {"loss": 0.5}
    assert outer.experiment_id == inner.experiment_id == told["experiment"]
    assert told["traces"] == 1


def test_how_blocks_end(office: Mlreg, secure_server: Server) -> None:
    """Runs end as the code did, those it left open too; a block within a block of another server returns to it.

    A local store is used by both ways. After each everything is as it was.
    """
    assert office("tracker", "register", "here").code == 0
    told = program(office, ENDED)
    status = RestLab(secure_server).tracking.get_run
    ended = {error: {status(run_id).status for run_id in runs} for error, runs in told["runs"].items()}
    assert ended == {
        "ValueError('no')": {"FAILED"},
        "KeyboardInterrupt()": {"KILLED"},
        "SystemExit(0)": {"FINISHED"},
        "SystemExit(2)": {"FAILED"},
    }
    assert status(told["outer"]).metrics == {"back": 1.0}
    assert told["elsewhere"] == {"there": 1.0}
    assert told["local"] == ["local"]
    assert told["restored"]
    assert told["restored at last"]


def test_two_stacks_in_one_process(office: Mlreg, secure_server: Server) -> None:
    """Each by its own login: one after the other, and in two threads by connect and by MlflowClient at once.

    A second activation in another thread is refused, in a sentence that says what works.
    """
    lab, name, bob = RestLab(secure_server), uuid4().hex[:8], f"bob-{uuid4().hex[:8]}"
    lab.call("POST", "users/create", username=bob, password="correct horse battery")
    stored = f"username={bob}\npassword=correct horse battery\n"
    assert office("secret", "register", "bob", "-f", "-", stdin=stored).code == 0
    place = secure_server.uri.replace("127.0.0.1", "localhost")
    login = ("--tracking-username={{bob.username}}", "--tracking-password={{bob.password}}")
    ca_cert = f"--tracking-ca-cert={secure_server.ca_cert}"
    assert office("tracker", "register", "bob", place, ca_cert, *login).code == 0
    told = program(office, SHARED, place, secure_server.uri, name)
    made = {model.name for model in lab.registry.search_models(f"name LIKE '{name}%'")}
    assert made == {f"{name}-{way}-{who}" for way in ("activate", "connect", "client") for who in ("prod", "bob")}
    as_bob = RestLab(replace(secure_server, username=bob, password="correct horse battery")).registry
    assert {model for model in made if may_delete(as_bob, model)} == {model for model in made if model.endswith("bob")}
    assert "another thread has a stack activated" in told["refused"]
    assert "MlflowClient" in told["refused"]


def test_databricks_logins_end_with_their_block(plugged: Mlreg, plain_server: Server) -> None:
    """Two at one host: neither the token in the environment nor the client that MLflow keeps by host is left."""
    with standing_in(plain_server) as workspace:
        for name, token in {"stranger": "dapi-unknown", "ours": TOKEN}.items():
            place = ("databricks", f"--databricks-host={workspace.uri}", "--registry-uri=databricks")
            assert plugged("tracker", "register", name, *place, f"--tracking-token={token}").code == 0
        told = program(plugged, DATABRICKS)
    assert "Invalid access token" in told["stranger"]
    assert (told["ours"], told["left"]) == ("let in", [False, 0])


def may_delete(registry: Registry, model: str) -> bool:
    """Delete a model, which only its owner and the administrator may; tell whether that was allowed."""
    try:
        registry.delete_model(model)
    except errors.PermissionDenied:
        return False
    return True


def test_inside_mlreg_run(office: Mlreg, secure_server: Server) -> None:
    """The run that `mlreg run` has opened is the parent of a nested one, and what start_run gives without a wish."""
    script = office.home / "program.py"
    script.write_text(HEAD + INSIDE + TAIL)
    ran = office("run", "--run-name", "outer", "--", sys.executable, str(script), env=QUIET)
    assert ran.code == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    tracking = RestLab(secure_server).tracking
    outer = tracking.get_run(ran.stderr.partition("run ")[2].split()[0])
    inner = tracking.get_run(told["inner"])
    assert told["resumed"] == outer.run_id
    assert (inner.tags["mlflow.parentRunId"], inner.experiment_id) == (outer.run_id, outer.experiment_id)


def test_the_readmes_example(office: Mlreg, secure_server: Server) -> None:
    """It runs as it stands: a run with two others inside, and an error with its hint."""
    (block,) = re.findall(r"```python\n(import mlflow\nimport mlreg\n.*?)```", README, re.DOTALL)
    script = office.home / "program.py"
    script.write_text(block)
    done = run(str(script), env={**office.env, **QUIET}, program=[sys.executable], cwd=office.home)
    assert (done.code, done.stdout) == (0, "mlreg model list\n"), done.stderr
    lab = RestLab(secure_server)
    experiment = lab.call("GET", "experiments/get-by-name?experiment_name=churn")["experiment"]["experiment_id"]
    found = lab.call("POST", "runs/search", experiment_ids=[experiment])["runs"]
    (outer,) = (each["info"] for each in found if each["info"]["run_name"] == "nightly")
    parents = [tag["value"] for each in found for tag in each["data"]["tags"] if tag["key"] == "mlflow.parentRunId"]
    assert parents == [outer["run_id"]] * 2


def test_what_fails_is_told_at_once(mlreg: Mlreg, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown stack, a secret that cannot be had: mlreg's errors, with their cause and remedy in one line."""
    monkeypatch.setenv("MLREG_HOME", mlreg.env["MLREG_HOME"])
    assert mlreg("tracker", "register", "lab", "https://h.example.com", "--tracking-token={{team.token}}").code == 0
    with pytest.raises(package.errors.ComponentNotFound, match=r"there is no stack 'lob'.*; did you mean 'lab'\?"):
        package.connect("lob")
    with (
        pytest.raises(package.errors.SecretMissing, match=r"'team' is needed .*; mlreg secret register team -k token"),
        package.activate(),
    ):
        raise AssertionError("the block must not begin")


def test_what_only_begins_when_called_is_refused() -> None:
    """A decorated coroutine or generator would run after everything has been put back."""

    async def later() -> None: ...

    with pytest.raises(errors.Usage, match=r"later only begins.*; with mlreg\.activate"):
        package.activate()(later)


def test_the_package_names_what_it_gives() -> None:
    """Three names and the version, and no others."""
    assert dir(package) == ["__version__", "activate", "connect", "errors"]
    assert package.errors is errors
    with pytest.raises(AttributeError):
        package.disconnect  # noqa: B018
