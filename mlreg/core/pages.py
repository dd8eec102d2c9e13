"""The pages of MLflow's and Databricks' user interfaces that show a model, a version or a run."""

from urllib.parse import quote

from mlreg.core import databricks
from mlreg.core.errors import Unsupported
from mlreg.core.types import Run, Tracker


def of_model(tracker: Tracker, name: str, number: int | None) -> str:
    """Return the address of a model's page, or of one of its versions; raises Unsupported where no server shows it.

    Routes: `mlflow/server/js/src/model-registry/routes.ts`; docs.databricks.com for Unity Catalog's Catalog Explorer.
    """
    if tracker.kind == "server":
        version = f"/versions/{number}" if number is not None else ""
        return f"{tracker.tracking_uri.rstrip('/')}/#/models/{quote(name, safe='')}{version}{_workspace(tracker)}"
    if tracker.kind == "databricks" and tracker.databricks_host:
        return _of_databricks(tracker, tracker.databricks_host.rstrip("/"), name, number)
    if tracker.kind == "databricks":
        raise Unsupported("the host is in a profile of Databricks' tools", hint="open the workspace in a browser")
    raise Unsupported(
        f"no server shows the models of {tracker.name}",
        cause="it is a local store",
        hint=f"mlreg tracker start {tracker.name}",
    )


def of_run(tracker: Tracker, run: Run) -> str | None:
    """Return the address of a run's page; None where no server shows it, or its host is in a profile."""
    path = f"experiments/{quote(run.experiment_id, safe='')}/runs/{quote(run.run_id, safe='')}"
    if tracker.kind == "server":
        return f"{tracker.tracking_uri.rstrip('/')}/#/{path}{_workspace(tracker)}"
    if tracker.kind == "databricks" and tracker.databricks_host:
        return f"{tracker.databricks_host.rstrip('/')}/ml/{path}"
    return None


def _workspace(tracker: Tracker) -> str:
    return f"?workspace={quote(tracker.workspace, safe='')}" if tracker.workspace else ""


def _of_databricks(tracker: Tracker, host: str, name: str, number: int | None) -> str:
    if databricks.registry_kind(tracker) == "workspace":
        return f"{host}/ml/models/{quote(name, safe='')}" + (f"/versions/{number}" if number is not None else "")
    levels = "/".join(quote(level, safe="") for level in name.split("."))
    return f"{host}/explore/data/models/{levels}" + (f"/version/{number}" if number is not None else "")
