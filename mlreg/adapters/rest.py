"""The registry over MLflow's REST API (`/api/2.0/mlflow/...`), without importing mlflow."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mlreg.adapters import mlflow_errors, rest_entities
from mlreg.adapters.http import Answer, Endpoint, Transport, origin
from mlreg.core import filters, trackers
from mlreg.core.errors import Failed, MlregError, ModelNotFound, NotFound, NotMlflow, SourceNotFound, VersionNotFound
from mlreg.core.ports import Feature
from mlreg.core.types import LoggedModel, Model, NewVersion, Run, Tracker, Version

API = "/api/2.0/mlflow/"
PAGE = 200

Json = dict[str, Any]


class RestRegistry:
    """Registry and Tracking over one MLflow server's REST API.

    Endpoints, fields and their traps: https://mlflow.org/docs/latest/rest-api.html
    """

    features = frozenset({Feature.STAGES, Feature.ALIASES, Feature.FILTERS})

    def __init__(self, transport: Transport, uri: str) -> None:
        self._transport = transport
        self._where = origin(uri)

    def get_model(self, name: str) -> Model:
        """GET registered-models/get"""
        try:
            answer = self._get("registered-models/get", [("name", name)])
        except NotFound as error:
            raise _no_model(name) from error
        return rest_entities.model(self._part(answer, "registered_model"))

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """GET registered-models/search, every page. Prompts share the tables and are left out."""
        query = [("filter", filter)] if filter else []
        query += [("order_by", order) for order in order_by]
        for item in self._pages("registered-models/search", "registered_models", query):
            model = rest_entities.model(item)
            if not model.is_prompt:
                yield model

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        """POST registered-models/create"""
        body = {"name": name, "description": description, "tags": _tags(tags or {})}
        return rest_entities.model(self._part(self._send("POST", "registered-models/create", body), "registered_model"))

    def get_version(self, name: str, number: int) -> Version:
        """GET model-versions/get"""
        try:
            answer = self._get("model-versions/get", [("name", name), ("version", str(number))])
        except NotFound as error:
            raise _no_version(name, number) from error
        return rest_entities.version(self._part(answer, "model_version"))

    def search_versions(self, name: str | None = None, *, filter: str = "") -> Iterator[Version]:
        """GET model-versions/search, every page, newest first within a model; MLflow fills no aliases here."""
        named = filters.equals("name", name) if name is not None else ""
        wanted = " AND ".join(part for part in (named, filter) if part)
        query = [("filter", wanted)] if wanted else []
        query += [("order_by", "name ASC"), ("order_by", "version_number DESC")]
        for item in self._pages("model-versions/search", "model_versions", query):
            version = rest_entities.version(item)
            if name in (None, version.name) and not rest_entities.is_prompt(version.tags):
                yield version

    def create_version(self, new: NewVersion) -> Version:
        """POST model-versions/create"""
        body: Json = {
            "name": new.name,
            "source": new.source,
            "run_id": new.run_id,
            "model_id": new.model_id,
            "description": new.description,
            "tags": _tags(new.tags),
        }
        given = {key: value for key, value in body.items() if value}
        try:
            answer = self._send("POST", "model-versions/create", given)
        except (NotFound, Failed) as error:
            raise _not_created(new, error) from error
        return rest_entities.version(self._part(answer, "model_version"))

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """POST model-versions/transition-stage"""
        body = {"name": name, "version": str(number), "stage": stage, "archive_existing_versions": archive_existing}
        try:
            answer = self._send("POST", "model-versions/transition-stage", body)
        except NotFound as error:
            raise _no_version(name, number) from error
        return rest_entities.version(self._part(answer, "model_version"))

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """POST registered-models/alias"""
        try:
            self._send("POST", "registered-models/alias", {"name": name, "alias": alias, "version": str(number)})
        except NotFound as error:
            raise _no_version(name, number) from error

    def delete_alias(self, name: str, alias: str) -> None:
        """DELETE registered-models/alias (with a JSON body: MLflow reads no query here)"""
        try:
            self._send("DELETE", "registered-models/alias", {"name": name, "alias": alias})
        except NotFound as error:
            raise _no_model(name) from error

    def get_run(self, run_id: str) -> Run:
        """GET runs/get"""
        try:
            answer = self._get("runs/get", [("run_id", run_id)])
        except NotFound as error:
            raise SourceNotFound(f"there is no run '{run_id}'", cause=error.cause) from error
        return rest_entities.run(self._part(answer, "run")["info"])

    def run_has_artifacts(self, run_id: str, path: str) -> bool:
        """GET artifacts/list"""
        return bool(self._get("artifacts/list", [("run_id", run_id), ("path", path)]).get("files"))

    def logged_models(self, run: Run) -> list[LoggedModel]:
        """POST logged-models/search (MLflow 3); a server that has no such endpoint has no logged models"""
        body: Json = {
            "experiment_ids": [run.experiment_id],
            "filter": f"source_run_id = '{run.run_id}'",
            "max_results": 50,
        }
        found: list[LoggedModel] = []
        while True:
            try:
                answer = self._send("POST", "logged-models/search", body)
            except NotMlflow:
                return found
            found += [rest_entities.logged_model(item) for item in answer.get("models", [])]
            if not answer.get("next_page_token"):
                return found
            body["page_token"] = answer["next_page_token"]

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """GET logged-models/{id} (MLflow 3)"""
        try:
            answer = self._get(f"logged-models/{model_id}", [])
        except (NotFound, NotMlflow) as error:
            raise SourceNotFound(f"there is no logged model '{model_id}'", cause=error.cause) from error
        return rest_entities.logged_model(self._part(answer, "model"))

    def _pages(self, path: str, items: str, query: list[tuple[str, str]]) -> Iterator[Json]:
        token = ""
        while True:
            page = [*query, ("max_results", str(PAGE)), *([("page_token", token)] if token else [])]
            answer = self._get(path, page)
            if answer and not answer.keys() & {items, "next_page_token"}:
                raise self._foreign()
            yield from answer.get(items, [])
            token = answer.get("next_page_token", "")
            if not token:
                return

    def _get(self, path: str, query: list[tuple[str, str]]) -> Json:
        return self._read(self._transport.get(API + path, query))

    def _send(self, method: str, path: str, body: Json) -> Json:
        return self._read(self._transport.send(method, API + path, body))

    def _part(self, answer: Json, name: str) -> Json:
        if not isinstance(answer.get(name), dict):
            raise self._foreign()
        part: Json = answer[name]
        return part

    def _foreign(self) -> NotMlflow:
        return NotMlflow(f"{self._where} does not answer as MLflow does", cause="it answers with other JSON")

    def _read(self, answer: Answer) -> Json:
        """Return the JSON object of a success; raise what an error answer means, JSON or not."""
        try:
            content = json.loads(answer.body) if answer.media_type == "application/json" else None
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise mlflow_errors.from_answer(answer.status, answer.media_type, answer.text, self._where)
        if answer.status == 200:
            return content
        code, message = str(content.get("error_code", "")), str(content.get("message", ""))
        if not code:
            raise mlflow_errors.from_answer(answer.status, answer.media_type, message, self._where)
        raise mlflow_errors.from_code(code, message, self._where)


def connect(
    tracker: Tracker, read_secret: trackers.ReadSecret, *, timeout_s: float, notify: Callable[[str], None]
) -> RestRegistry:
    """Open the REST registry of a tracking server. Its secrets are read with the first request, not before."""
    endpoint = Endpoint(
        uri=tracker.tracking_uri,
        ca_cert=tracker.tracking_ca_cert,
        client_cert=tracker.tracking_client_cert,
        insecure_tls=tracker.tracking_insecure_tls,
        allow_http=tracker.allow_http,
        authorize=lambda: trackers.authorization(tracker, read_secret),
        headers={"X-MLFLOW-WORKSPACE": tracker.workspace} if tracker.workspace else None,
    )
    return RestRegistry(Transport(endpoint, timeout_s=timeout_s, notify=notify), tracker.tracking_uri)


def _tags(tags: Mapping[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _not_created(new: NewVersion, error: MlregError) -> MlregError:
    """What was missing. MLflow 2 answers INTERNAL_ERROR for a `models:/` source that does not exist."""
    cause = error.cause or ""
    if isinstance(error, NotFound) and "registered model" in cause.lower():
        return _no_model(new.name)
    if isinstance(error, NotFound) or cause.startswith("Unable to fetch"):
        return SourceNotFound(f"the source {new.source} does not exist", cause=cause)
    return error


def _no_model(name: str) -> ModelNotFound:
    return ModelNotFound(f"there is no model '{name}'", hint="mlreg model list")


def _no_version(name: str, number: int) -> VersionNotFound:
    return VersionNotFound(f"there is no version {number} of '{name}'", hint=f"mlreg model versions {name}")
