"""The commands of ZenML's pages on the MLflow experiment tracker and model registry, with `zenml` read as `mlreg`.

The pages: docs.zenml.io, component guide, experiment-trackers/mlflow and model-registries/mlflow. A `...` that stands
alone is dropped or is what the text says of it, `<...>` and places are filled in, continued lines are joined; nothing
else is changed. Then the same in mlreg's own nouns.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli_runner import Mlreg, Result
from tests.labs import RestLab
from tests.scripted import Reply, scripted
from tests.servers import Server

INSTALL = "zenml integration install mlflow -y"
TRACKER_LOCAL = """
# Register the MLflow experiment tracker
zenml experiment-tracker register mlflow_experiment_tracker --flavor=mlflow

# Register and set a stack with the new experiment tracker
zenml stack register custom_stack -e mlflow_experiment_tracker ... --set
"""
TRACKER_TOKEN = """
zenml experiment-tracker register mlflow_experiment_tracker --flavor=mlflow \\
    --tracking_uri=<URI> --tracking_token=<token>
zenml stack register custom_stack -e mlflow_experiment_tracker ... --set
"""
TRACKER_BASIC = """
zenml experiment-tracker register mlflow_experiment_tracker --flavor=mlflow \\
   --tracking_uri=<URI> --tracking_username=<USERNAME> --tracking_password=<PASSWORD>
zenml stack register custom_stack -e mlflow_experiment_tracker ... --set
"""
TRACKER_SECRET = """
# Create a secret called `mlflow_secret` with key-value pairs for the
# username and password to authenticate with the MLflow tracking server
zenml secret create mlflow_secret \\
    --username=<USERNAME> \\
    --password=<PASSWORD>

# Reference the username and password in our experiment tracker component
zenml experiment-tracker register mlflow \\
    --flavor=mlflow \\
    --tracking_username={{mlflow_secret.username}} \\
    --tracking_password={{mlflow_secret.password}} \\
    ...
"""
REGISTRY = """
zenml model-registry register mlflow_model_registry --flavor=mlflow

# Register and set a stack with the new model registry as the active stack
zenml stack register custom_stack -r mlflow_model_registry ... --set
"""
REGISTER_VERSION = """
zenml model-registry models register-version Tensorflow-model \\
    --description="A new version of the tensorflow model with accuracy 98.88%" \\
    -v 1 \\
    --model-uri="<PLACE>/mlruns/667102566783201219/3973eabc151c41e6ab98baeb20c5323b/artifacts/model" \\
    -m key1 value1 -m key2 value2 \\
    --zenml-pipeline-name="mlflow_training_pipeline" \\
    --zenml-step-name="trainer"
"""
DESCRIPTION = "A new version of the tensorflow model with accuracy 98.88%"
TAGS = {
    "key1": "value1",
    "key2": "value2",
    "zenml_pipeline_name": "mlflow_training_pipeline",
    "zenml_step_name": "trainer",
}


@pytest.fixture
def desk(mlreg: Mlreg, keyring_env: dict[str, str]) -> Mlreg:
    """mlreg in a home of its own whose keyring is real and unlocked."""
    mlreg.env.update(keyring_env)
    return mlreg


@pytest.fixture
def remote(desk: Mlreg, secure_server: Server) -> Mlreg:
    """The same on a machine that trusts the secure server's authority."""
    desk.env["SSL_CERT_FILE"] = str(secure_server.ca_cert)
    return desk


def filled(server: Server) -> dict[str, str]:
    """What a reader of the page fills in for this server."""
    return {"<URI>": server.uri, "<USERNAME>": str(server.username), "<PASSWORD>": str(server.password)}


def commands(page: str, fill: Mapping[str, str], dots: str = "") -> Iterator[list[str]]:
    """The words of each command of a page, after `zenml`."""
    text = page.replace("\\\n", " ")
    for blank, value in fill.items():
        text = text.replace(blank, value)
    for line in text.splitlines():
        words = shlex.split(re.sub(r"(?<=\s)\.\.\.(?=\s|$)", dots, line), comments=True)
        if words:
            assert words.pop(0) == "zenml"
            yield words


def follow(desk: Mlreg, page: str, fill: Mapping[str, str] | None = None, dots: str = "") -> list[Result]:
    """Run a page's commands in order; each must succeed."""
    results = [desk(*words) for words in commands(page, fill or {}, dots)]
    for result in results:
        assert result.code == 0, result.stderr
    return results


def renamed(page: str, model: str) -> str:
    """The page with a model of this test alone, as the server is shared."""
    return page.replace("Tensorflow-model", model)


def check_the_version(desk: Mlreg, model: str, source: str) -> None:
    """The page's listings and `get-version` show what was registered."""
    models = desk("model-registry", "models", "list", "-o", "json").json
    assert model in [item["name"] for item in models]
    (row,) = desk("model-registry", "models", "list-versions", model, "-o", "json").json
    assert (row["version"], row["description"], row["tags"]) == (1, DESCRIPTION, TAGS)
    shown = desk("model-registry", "models", "get-version", model, "-v", "1", "-o", "json").json
    assert (shown["source"].startswith(source), shown["stage"]) == (True, "None")
    table = desk("model-registry", "models", "list-versions", model).stdout
    assert DESCRIPTION in table
    assert "key1=value1" in table


def check_deleting(desk: Mlreg, model: str) -> None:
    """The page's last sentence, at a terminal: both commands ask, and then do it."""
    words = ("model-registry", "models")
    version = desk.pty(*words, "delete-version", model, "-v", "1", typed=[(r"\[y/N\]", "y\r")])
    assert version.code == 0, version.output
    assert desk(*words, "list-versions", model, "-o", "json").json == []
    whole = desk.pty(*words, "delete", model, typed=[("Type its name", f"{model}\r")])
    assert whole.code == 0, whole.output
    assert desk(*words, "get", model).code == 3


def test_tracker_page_local(mlreg: Mlreg) -> None:
    """Scenario 1: no parameters need to be supplied, and the new stack is the active one."""
    installed, *_ = follow(mlreg, INSTALL + TRACKER_LOCAL)
    assert "mlflow" in installed.stderr
    assert mlreg("stack", "get").stdout == "custom_stack\n"
    described = mlreg("stack", "describe", "-o", "json").json
    assert (described["tracker"], described["registry"]) == ("mlflow_experiment_tracker", None)
    assert mlreg("model-registry", "models", "list", "-o", "json").json == []


def test_tracker_page_basic(remote: Mlreg, secure_server: Server) -> None:
    """Credentials as attributes: it works, the warning says what the page warns of, and how to do better."""
    registered, _ = follow(remote, TRACKER_BASIC, filled(secure_server))
    assert "stored unprotected" in registered.stderr
    assert "mlreg secret register" in registered.stderr
    assert str(secure_server.password) not in registered.stderr
    assert remote("model-registry", "models", "list", "-o", "json").code == 0
    assert str(secure_server.password) not in remote("experiment-tracker", "describe").stdout


def test_tracker_page_token(mlreg: Mlreg) -> None:
    """A token in place of user and password is what the server gets."""
    token = "c4n4ry"
    with scripted(lambda asked: Reply(200, {})) as server:
        follow(mlreg, TRACKER_TOKEN, {"<URI>": server.uri, "<token>": token})
        assert mlreg("model-registry", "models", "list", "-o", "json").json == []
        assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {token}"}
    assert token not in mlreg("experiment-tracker", "describe", "-o", "json").stdout


def test_tracker_page_secret(remote: Mlreg, secure_server: Server) -> None:
    """The recommended way: what is in the keyring is in no file, and reaches the server."""
    follow(remote, TRACKER_SECRET, filled(secure_server), f"--tracking_uri={secure_server.uri}")
    follow(remote, "zenml stack register custom_stack -e mlflow ... --set")
    assert remote("model-registry", "models", "list", "-o", "json").code == 0
    assert str(secure_server.password) not in (remote.home / "mlreg" / "components.yaml").read_text()


def test_registry_page_local(mlreg: Mlreg, tmp_path: Path) -> None:
    """The registry uses the tracker's configuration; a `file:` place is registered, listed, shown and deleted."""
    follow(mlreg, INSTALL)
    refused = mlreg("model-registry", "register", "mlflow_model_registry", "--flavor=mlflow")
    assert (refused.code, "needs an MLflow experiment tracker" in refused.stderr) == (3, True)
    follow(mlreg, "zenml experiment-tracker register mlflow_experiment_tracker --flavor=mlflow")
    registered, _ = follow(mlreg, REGISTRY)
    assert "of mlflow_experiment_tracker" in registered.stderr
    assert mlreg("stack", "get").stdout == "custom_stack\n"
    made, *_ = follow(mlreg, REGISTER_VERSION, {"<PLACE>": f"file://{tmp_path}"})
    assert made.stdout == "Tensorflow-model/1\n"
    check_the_version(mlreg, "Tensorflow-model", f"file://{tmp_path}/mlruns/")
    check_deleting(mlreg, "Tensorflow-model")


def test_registry_page_remote(remote: Mlreg, secure_server: Server) -> None:
    """With a remote tracking server in the stack the registry is there too, with the same secret."""
    model = f"tensorflow-{uuid4().hex[:8]}"
    follow(remote, INSTALL + TRACKER_SECRET, filled(secure_server), f"--tracking_uri={secure_server.uri}")
    follow(remote, REGISTRY)
    described = remote("model-registry", "describe", "mlflow_model_registry", "-o", "json").json
    assert (described["tracking_uri"], described["auth"]) == (secure_server.uri, "basic")
    assert described["tracking_password"] == "{{mlflow_secret.password}}"
    local = next(commands(renamed(REGISTER_VERSION, model), {"<PLACE>": "file:///..."}))
    refused = remote(*local)
    assert (refused.code, "a place on this machine" in refused.stderr) == (2, True)
    follow(remote, renamed(REGISTER_VERSION, model), {"<PLACE>": "s3://bucket"})
    check_the_version(remote, model, "s3://bucket/mlruns/")
    check_deleting(remote, model)


def test_the_same_in_mlregs_words(remote: Mlreg, secure_server: Server) -> None:
    """No noun for registries, no integration, and the version's number is the server's."""
    login = f"username={secure_server.username}\npassword={secure_server.password}\n"
    assert remote("secret", "register", "mlflow_secret", "-f", "-", stdin=login).code == 0
    placeholders = ("--tracking-username={{mlflow_secret.username}}", "--tracking-password={{mlflow_secret.password}}")
    for words in (
        ("tracker", "register", "mlflow", secure_server.uri, *placeholders),
        ("stack", "register", "custom_stack", "-t", "mlflow", "--set"),
    ):
        done = remote(*words)
        assert done.code == 0, done.stderr
    model = f"tensorflow-{uuid4().hex[:8]}"
    run_id = RestLab(secure_server).run({"model/MLmodel": "flavors: {}\n"})
    tags = [f"--tag={key}={value}" for key, value in TAGS.items()]
    made = remote("model", "register", model, f"runs:/{run_id}/model", "-d", DESCRIPTION, *tags)
    assert (made.stdout, made.code) == (f"{model}/1\n", 0)
    check_the_version(remote, model, "mlflow-artifacts:/")
    assert remote("model", "resolve", f"{model}/latest").stdout == f"models:/{model}/1\n"
    assert remote("model", "update", f"{model}/1", "-d", "Described anew").code == 0
    for key in TAGS:
        assert remote("model", "tag", "delete", f"{model}/1", key).code == 0
    shown = remote("model", "show", f"{model}/1", "-o", "json").json
    assert (shown["description"], shown["tags"], shown["run_id"]) == ("Described anew", {}, run_id)
    assert remote("model", "delete", f"{model}/1", "--yes").code == 0
    assert remote("model", "delete", model, "--confirm", model).code == 0
