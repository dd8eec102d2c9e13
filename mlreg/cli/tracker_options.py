"""The options that describe a tracker, and what is typed there as a tracker's fields."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mlreg.cli.options import Description, pairs
from mlreg.core import local
from mlreg.core.addresses import reads_as_host
from mlreg.core.commands import register_tracker
from mlreg.core.entries import CREDENTIAL_FIELDS, credential
from mlreg.core.errors import Usage
from mlreg.core.types import Tracker
from mlreg.runtime import Runtime


def options(
    flavor: Annotated[str | None, typer.Option("--flavor", "-f", metavar="FLAVOR", help="Always mlflow.")] = None,
    tracking_uri: Annotated[str | None, typer.Option(metavar="URI", help="The same as URI.")] = None,
    tracking_username: Annotated[str | None, typer.Option(metavar="USER", help="With --tracking-password.")] = None,
    tracking_password: Annotated[
        str | None, typer.Option(metavar="PASSWORD", help="Better a placeholder, {{secret.key}}.")
    ] = None,
    tracking_token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Better a placeholder, {{secret.key}}.")
    ] = None,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="The server asks for no credentials.")] = False,
    tracking_headers: Annotated[
        list[str] | None,
        typer.Option("--tracking-header", metavar="NAME=VALUE", help="Send this too, for a gateway; may be repeated."),
    ] = None,
    tracking_insecure_tls: Annotated[
        bool, typer.Option("--tracking-insecure-tls", help="Do not verify the certificate.")
    ] = False,
    tracking_ca_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Trust the authority in this PEM file, and no other.")
    ] = None,
    tracking_client_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show this certificate (PEM, with its key).")
    ] = None,
    registry_uri: Annotated[
        str | None, typer.Option(metavar="URI", help="databricks or databricks-uc; else Unity Catalog.")
    ] = None,
    databricks_host: Annotated[str | None, typer.Option(metavar="URL", help="The workspace, with databricks.")] = None,
    databricks_client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="An OAuth client, with its secret.")
    ] = None,
    databricks_client_secret: Annotated[
        str | None, typer.Option(metavar="SECRET", help="Better a placeholder, {{secret.key}}.")
    ] = None,
    workspace: Annotated[str | None, typer.Option(metavar="NAME", help="A workspace of the server.")] = None,
    client: Annotated[str | None, typer.Option(metavar="CLIENT", help="auto, rest or mlflow.")] = None,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Send credentials over http, unencrypted.")] = False,
    description: Description = None,
    labels: Annotated[
        list[str] | None, typer.Option("--label", "-l", metavar="KEY=VALUE", help="A label; may be repeated.")
    ] = None,
) -> None:
    """Declared here for `register` and `update`."""


def fields(runtime: Runtime, name: str, uri: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was typed as fields of the tracker `name`, only those that were; raises Usage."""
    read: dict[str, Any] = {**given}
    for field in CREDENTIAL_FIELDS:
        if field in given:
            read[field] = credential(field, given[field])
    for field in ("tracking_ca_cert", "tracking_client_cert"):
        if field in given:
            read[field] = _file(given[field])
    if "labels" in given:
        read["labels"] = pairs("label", given["labels"])
    if "tracking_headers" in given:
        read["tracking_headers"] = _headers(given["tracking_headers"])
    if given.get("client") == "auto":
        read["client"] = None
    typed = _one_uri(name, uri, given.get("tracking_uri"))
    if typed is not None:
        read["tracking_uri"] = runtime.resolve_uri(name, typed)
    return read


def _headers(given: list[str]) -> dict[str, Any]:
    return {key: credential("tracking_header", value) for key, value in pairs("tracking-header", given).items()}


def _one_uri(name: str, argument: str | None, option: str | None) -> str | None:
    if argument is not None and option is not None and argument != option:
        raise Usage("two different URIs are given", hint="leave --tracking-uri out")
    uri = option if argument is None else argument
    if uri == "":
        raise Usage("the URI is empty", hint=f"mlreg tracker register {name} https://mlflow.example.com")
    if uri is not None and reads_as_host(uri) and not local.is_database_file(uri) and not Path(uri).exists():
        server = Tracker(name=name, tracking_uri=f"https://{uri}", no_auth=True)
        raise Usage(
            f"'{uri}' reads as a host, and says no scheme",
            cause="without one it would be a directory on this machine",
            hint=f"{register_tracker(server)}, or for the directory ./{uri}",
        )
    return uri


def _file(path: Path) -> str:
    if not path.is_file():
        raise Usage(f"there is no file {path}", cause="a certificate is read from it at every use")
    return str(path.absolute())
