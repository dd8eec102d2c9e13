"""A loopback host that stands in for Databricks: `with standing_in(server) as workspace: ... workspace.uri`.

It demands a token, has Databricks' paths and no others, keeps the limits of its two registries, and forwards to a real
MLflow server. Sources: Databricks' API reference, and MLflow's client (`mlflow/store/_unity_catalog`).
"""

import base64
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import urllib3

from tests.scripted import Asked, Reply, scripted
from tests.servers import Server

API: Final = "/api/2.0/mlflow/"
CATALOG_API: Final = f"{API}unity-catalog/"
TOKEN: Final = "dapi-c4n4ry-pat"
CLIENT: Final = ("c4n4ry-client", "dose-c4n4ry-secret")
GRANTED: Final = "c4n4ry-granted"

LEVELS: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
LOGGED_MODEL: Final = re.compile(r"models:/m-[0-9a-f]{32}")
ONE_NAME: Final = re.compile(r"name ?= ?'([^']+)'")
BOTH: Final = frozenset(
    {
        ("POST", "registered-models/create"),
        ("GET", "registered-models/get"),
        ("GET", "registered-models/search"),
        ("PATCH", "registered-models/update"),
        ("DELETE", "registered-models/delete"),
        ("POST", "registered-models/set-tag"),
        ("DELETE", "registered-models/delete-tag"),
        ("GET", "model-versions/get"),
        ("PATCH", "model-versions/update"),
        ("DELETE", "model-versions/delete"),
        ("POST", "model-versions/set-tag"),
        ("DELETE", "model-versions/delete-tag"),
        ("GET", "model-versions/search"),
    }
)
OF_WORKSPACE: Final = BOTH | {
    ("POST", "registered-models/rename"),
    ("POST", "model-versions/create"),
    ("POST", "model-versions/transition-stage"),
    ("GET", "runs/get"),
    ("GET", "metrics/get-history"),
    ("GET", "artifacts/list"),
    ("POST", "runs/create"),
    ("POST", "runs/update"),
    ("POST", "runs/search"),
    ("GET", "experiments/get-by-name"),
    ("POST", "experiments/create"),
    ("POST", "experiments/search"),
    ("POST", "logged-models"),
    ("POST", "logged-models/search"),
    ("GET", "logged-models/"),
    ("PATCH", "logged-models/"),
}
OF_CATALOG: Final = BOTH | {
    ("POST", "registered-models/alias"),
    ("DELETE", "registered-models/alias"),
    ("POST", "model-versions/create"),
    ("POST", "model-versions/finalize"),
}
# What MLflow's client asks to learn how it may upload: through Databricks' files API.
UPLOADS: Final = f"{CATALOG_API}registered-models:is-databricks-sdk-models-artifact-repository-enabled"
FILES_API: Final = "/api/2.0/fs/files/Models/"

Json = dict[str, Any]


class Refused(Exception):
    """What Databricks answers instead."""

    def __init__(self, status: int, code: str, message: str = "refused") -> None:
        super().__init__(message)
        self.reply = Reply(status, {"error_code": code, "message": message})


@dataclass
class Workspace:
    """A running stand-in; `asked` is what arrived, granting a token apart."""

    server: Server
    uri: str = ""
    asked: list[str] = field(default_factory=list)
    granted: int = 0
    uploaded: dict[str, bytes] = field(default_factory=dict)
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)

    def answer(self, asked: Asked) -> Reply:
        """Answer as Databricks would."""
        path = urlsplit(asked.path).path
        try:
            if path == "/oidc/v1/token":
                return self._grant(asked)
            self.asked.append(f"{asked.method} {path}")
            if asked.headers.get("Authorization") not in (f"Bearer {TOKEN}", f"Bearer {GRANTED}"):
                raise Refused(403, "403", "Invalid access token.")
            if path == "/api/2.0/preview/scim/v2/Me":
                return Reply(200, {"userName": "ada@example.com"})
            if path == UPLOADS:
                return Reply(200, {"is_databricks_sdk_models_artifact_repository_enabled": True})
            if path.startswith(FILES_API) and asked.method == "PUT":
                self.uploaded[path.removeprefix(FILES_API)] = asked.body
                return Reply(204)
            if path.startswith(CATALOG_API):
                return self._catalog(asked, path.removeprefix(CATALOG_API))
            return self._workspace(asked, path.removeprefix(API))
        except Refused as refused:
            return refused.reply

    def _grant(self, asked: Asked) -> Reply:
        self.granted += 1
        login = base64.b64encode(":".join(CLIENT).encode()).decode()
        form = {"grant_type": "client_credentials", "scope": "all-apis"}
        if asked.headers.get("Authorization") != f"Basic {login}" or dict(parse_qsl(asked.body.decode())) != form:
            return Reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        return Reply(200, {"access_token": GRANTED, "token_type": "Bearer", "expires_in": 3600})

    def _workspace(self, asked: Asked, path: str) -> Reply:
        """MLflow's own paths: runs, logged models without a filter for the run, and the old registry."""
        _has(OF_WORKSPACE, asked.method, re.sub(r"^(logged-models/)m-.*", r"\1", path))
        given = _given(asked)
        name, source = given.get("name", ""), given.get("source", "")
        _forbid(bool(LEVELS.fullmatch(name)), "the name belongs to Unity Catalog")
        _forbid(" AND " in given.get("filter", ""), "one condition only")
        _forbid("source_run_id" in given.get("filter", ""), "no such attribute")
        _forbid(bool(LOGGED_MODEL.fullmatch(source)), "the source is a logged model")
        reply = self._forward(asked, path)
        for kind in ("registered_models", "model_versions"):
            if kind in reply.body:
                reply.body[kind] = [item for item in reply.body[kind] if not LEVELS.fullmatch(item["name"])]
        return reply

    def _catalog(self, asked: Asked, path: str) -> Reply:
        """Unity Catalog's paths and shapes."""
        _has(OF_CATALOG, asked.method, path)
        given = _given(asked)
        if path.endswith("/search"):
            return self._catalog_search(asked, path, given)
        _forbid(not LEVELS.fullmatch(given.get("name", "")), "a name has three levels of letters, digits, _ and -")
        if path == "model-versions/finalize":
            reply = self._forward(Asked("GET", "", {}, b""), "model-versions/get", given)
        elif path == "registered-models/update" and "new_name" in given:
            _forbid(not LEVELS.fullmatch(given["new_name"]), "a name has three levels of letters, digits, _ and -")
            reply = self._forward(dataclasses.replace(asked, method="POST"), "registered-models/rename")
        else:
            reply = self._forward(asked, path)
        for kind in ("registered_model", "model_version"):
            if kind in reply.body:
                reply.body[kind] = _in_catalog(reply.body[kind])
        return reply

    def _catalog_search(self, asked: Asked, path: str, given: Mapping[str, str]) -> Reply:
        """The first page is empty and carries a token; hits have neither tags nor aliases, versions no order."""
        kind = path.replace("-", "_").removesuffix("/search")
        _forbid("order_by" in given, "order_by is not supported")
        if kind == "registered_models":
            _forbid("filter" in given, "filter is not supported")
        else:
            named = ONE_NAME.fullmatch(given.get("filter", ""))
            _forbid(not named or not LEVELS.fullmatch(named[1]), "the filter must be name='catalog.schema.model'")
        if "page_token" not in given:
            return Reply(200, {"next_page_token": "begin"})
        query = {key: value for key, value in given.items() if value != "begin"}
        if kind == "model_versions":
            query["order_by"] = "version_number ASC"
        reply = self._forward(asked, path, query)
        hits = [_in_catalog(item) for item in reply.body.get(kind, []) if LEVELS.fullmatch(item["name"])]
        dropped = ("tags", "aliases")
        reply.body[kind] = [{key: item[key] for key in item if key not in dropped} for item in hits]
        return reply

    def _forward(self, asked: Asked, path: str, query: Mapping[str, str] | None = None) -> Reply:
        asked_for = urlsplit(asked.path).query if query is None else urlencode(query)
        answer = self.pool.request(
            asked.method,
            f"{self.server.uri}{API}{path}?{asked_for}",
            body=asked.body or None,
            headers={"Content-Type": "application/json"} if asked.body else None,
        )
        return Reply(answer.status, json.loads(answer.data))


@contextmanager
def standing_in(server: Server) -> Iterator[Workspace]:
    """Run the stand-in in front of a plain MLflow server."""
    workspace = Workspace(server)
    with scripted(workspace.answer) as listener:
        workspace.uri = listener.uri
        yield workspace


def _given(asked: Asked) -> dict[str, str]:
    """The texts of a request, from its query or its body."""
    if asked.body:
        return {key: value for key, value in json.loads(asked.body).items() if isinstance(value, str)}
    return {key: values[0] for key, values in parse_qs(urlsplit(asked.path).query).items()}


def _has(paths: frozenset[tuple[str, str]], method: str, path: str) -> None:
    if (method, path) not in paths:
        raise Refused(404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {path}'")


def _forbid(wrong: bool, why: str) -> None:
    if wrong:
        raise Refused(400, "INVALID_PARAMETER_VALUE", why)


def _in_catalog(item: Json) -> Json:
    """A model or version as Unity Catalog shows it: without stages, a version's aliases as objects."""
    shown = {key: value for key, value in item.items() if key not in ("current_stage", "latest_versions")}
    aliases = item.get("aliases", [])
    if "version" in item and aliases:
        shown["aliases"] = [{"alias": alias, "version": item["version"]} for alias in aliases]
    return shown
