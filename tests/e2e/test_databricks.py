"""Databricks through MLflow's client and Databricks' own SDK, for the ways of authenticating that mlreg has not."""

import time
from pathlib import Path
from uuid import uuid4

from tests.cli.test_databricks import stored
from tests.cli_runner import Mlreg
from tests.databricks import GRANTED, TOKEN, standing_in
from tests.labs import RestLab
from tests.scripted import Asked, Reply, scripted
from tests.servers import Server

MLMODEL = """
artifact_path: model
flavors: {python_function: {loader_module: mlflow.sklearn}}
signature:
  inputs: '[{"type": "double", "name": "x"}]'
  outputs: '[{"type": "double", "name": "y"}]'
"""


def test_a_profile_that_only_the_sdk_knows(mlreg: Mlreg, plain_server: Server) -> None:
    """A profile of another type goes through the SDK, here to a metadata service, and shows the same."""

    def grant(_: Asked) -> Reply:
        return Reply(200, {"access_token": GRANTED, "token_type": "Bearer", "expires_on": int(time.time()) + 3600})

    with standing_in(plain_server) as workspace, scripted(grant) as metadata:
        name = stored(workspace, levels=True)
        fields = [f"host = {workspace.uri}", "auth_type = metadata-service", f"metadata_service_url = {metadata.uri}/"]
        Path(mlreg.home, ".databrickscfg").write_text("\n".join(["[cloud]", *fields, ""]))
        assert mlreg("tracker", "register", "dbx", "databricks://cloud").code == 0
        moved = mlreg("model", "alias", "set", f"{name}/latest", "champion")
        assert (moved.code, moved.stdout) == (0, f"{name}@champion\n"), moved.stderr
        rows = mlreg("model", "versions", name, "-o", "json").json
        assert [(row["version"], row["aliases"]) for row in rows] == [(2, ["champion"]), (1, [])]
        listed = mlreg("model", "list", "-o", "name")
        assert name in listed.stdout
        assert listed.stderr.count("\n") == 1
        assert "c4n4ry" not in "".join(done.stdout + done.stderr for done in (moved, listed))
        assert metadata.asked


def test_registering_in_unity_catalog(mlreg: Mlreg, plain_server: Server, tmp_path: Path) -> None:
    """The files are copied into the catalog's own storage, with the tracker's token, and stay where they were."""
    lab = RestLab(plain_server)
    place = {"name": uuid4().hex, "artifact_location": tmp_path.as_uri()}
    experiment = lab.call("POST", "experiments/create", **place)["experiment_id"]
    run = lab.call("POST", "runs/create", experiment_id=experiment)["run"]["info"]
    model = tmp_path / run["run_id"] / "artifacts" / "model" / "MLmodel"
    model.parent.mkdir(parents=True)
    model.write_text(MLMODEL)
    name = f"main.ml.churn_{uuid4().hex[:8]}"
    with standing_in(plain_server) as workspace:
        on_host = (f"--databricks-host={workspace.uri}", f"--tracking-token={TOKEN}")
        assert mlreg("tracker", "register", "dbx", "databricks", *on_host).code == 0
        done = mlreg("model", "register", name, f"runs:/{run['run_id']}/model")
        assert (done.code, done.stdout) == (0, f"{name}/1\n"), done.stderr
        assert workspace.uploaded == {f"{name.replace('.', '/')}/1/MLmodel": MLMODEL.encode()}
    assert model.read_text() == MLMODEL
    assert TOKEN not in done.stderr
