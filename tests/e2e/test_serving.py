"""`mlreg run` around MLflow's own commands that serve a model and build an image of it, as the README writes them."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
import urllib3

from tests.cli_runner import MLREG, Mlreg, kill_group
from tests.e2e.test_main_job import done, register_tracker
from tests.servers import Server, free_port
from tests.waiting import until

SECONDS = 90
BIN = Path(sys.executable).parent
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
MODEL = """
import sys
import mlflow

class Double(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[float], params=None) -> list[float]:
        return [2 * value for value in model_input]

made = dict(python_model=Double(), pip_requirements=["mlflow"])
mlflow.pyfunc.log_model(name="double", registered_model_name=sys.argv[1], **made)
"""
# What stands in for Docker looks at what it is given: a model, and nothing that lets anybody in.
DOCKER = """#!/bin/sh
cat Dockerfile
find . -name MLmodel
grep -rF "$MLFLOW_TRACKING_PASSWORD" . && exit 1
exit 0
"""


@pytest.fixture
def model(desk: Mlreg, secure_server: Server) -> str:
    """A model on the secure server with a champion."""
    desk.env.update(QUIET, PATH=f"{desk.home}:{BIN}:{desk.env['PATH']}")
    text = f"username={secure_server.username}\npassword={secure_server.password}\n"
    done(desk("secret", "register", "mlflow_secret", "-f", "-", stdin=text))
    register_tracker(desk, secure_server)
    name = f"double-{uuid4().hex[:8]}"
    done(desk("run", "--run-name", name, "--", sys.executable, "-c", MODEL, name, timeout=SECONDS))
    done(desk("model", "alias", "set", f"{name}/1", "champion"))
    return name


def test_serving_and_building(desk: Mlreg, model: str) -> None:
    """The champion answers over http, ends with mlreg's process, and goes into an image without credentials."""
    port = str(free_port())
    serve = ("run", "--", "mlflow", "models", "serve", "-m", f"models:/{model}@champion", "--env-manager", "local")
    with (desk.home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*MLREG, *serve, "--port", port],
            env=desk.env,
            cwd=desk.home,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert invoke(f"http://127.0.0.1:{port}", process, desk.home / "serve.log") == [2.0, 5.0]
        process.terminate()
        assert process.wait(SECONDS) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    finally:
        kill_group(process)
    docker = desk.home / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    build = ("mlflow", "models", "build-docker", "-m", f"models:/{model}@champion", "-n", "churn")
    built = done(desk("run", "--", *build, timeout=SECONDS))
    assert "\nFROM " in built.stdout
    assert "/MLmodel" in built.stdout


def invoke(uri: str, process: subprocess.Popen[bytes], log: Path) -> list[float]:
    """Wait until the model is served, and ask it."""

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return urllib3.request("GET", f"{uri}/ping", retries=False, timeout=5).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    until(answers, SECONDS, log.read_text)
    answer = urllib3.request("POST", f"{uri}/invocations", json={"inputs": [1.0, 2.5]})
    predictions: list[float] = json.loads(answer.data)["predictions"]
    return predictions
