"""`mlreg integration install | list`: ZenML's way to MLflow, which mlreg always has beside it."""

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer

from mlreg.cli import views
from mlreg.cli.grammar import noun, verb
from mlreg.cli.options import session
from mlreg.core.errors import ComponentNotFound, Failed
from mlreg.core.types import Outcome

app = noun("MLflow, beside which mlreg is installed.")

COLUMNS = ("name", "installed", "package", "version")
PACKAGES = ("mlflow", "mlflow-skinny")


@verb(app, "install", writes=True)
def install(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[mlflow]", help="There is no other one.")] = None,
) -> None:
    """Say which MLflow is there: there is nothing to install.

    Examples:
      mlreg integration install mlflow -y
    """
    for name in names or ():
        if name != "mlflow":
            raise ComponentNotFound(f"there is no integration '{name}'", cause="mlreg is for MLflow alone")
    found = _found()
    if not found["installed"]:
        raise Failed("there is no MLflow beside mlreg", hint="pip install 'mlreg[local]'")
    said = f"{found['package']} {found['version']} is installed beside mlreg; nothing needs to be installed"
    session(ctx).out.result(found, "mlflow", Outcome(said=said, changed=False))


@verb(app, "list")
def list_integrations(ctx: typer.Context) -> None:
    """List what mlreg works with, which is MLflow.

    Examples:
      mlreg integration list
    """
    session(ctx).out.many([_found()], COLUMNS, views.name_of, "")


def _found() -> dict[str, Any]:
    for package in PACKAGES:
        try:
            return {"name": "mlflow", "installed": True, "package": package, "version": version(package)}
        except PackageNotFoundError:
            continue
    return {"name": "mlflow", "installed": False, "package": None, "version": None}
