"""The registry side of MLflow's REST API: models and their versions, without importing mlflow."""

from collections.abc import Iterator, Mapping, Sequence

from mlreg.adapters import mlflow_errors, rest_entities
from mlreg.adapters.rest_api import Json, RestApi
from mlreg.adapters.rest_tracking import RestTracking
from mlreg.core import filters
from mlreg.core.errors import Failed, NotFound
from mlreg.core.features import MLFLOW, OF_MLFLOW
from mlreg.core.types import Model, NewVersion, Version


class RestRegistry(RestTracking):
    """Registry and Tracking over one MLflow server's REST API.

    Endpoints, fields and their traps: https://mlflow.org/docs/latest/rest-api.html
    """

    features = OF_MLFLOW
    kind = MLFLOW

    def __init__(self, api: RestApi, tracking: RestApi | None = None) -> None:
        super().__init__(tracking or api)
        self._api = api

    def get_model(self, name: str) -> Model:
        """GET registered-models/get"""
        try:
            answer = self._api.get("registered-models/get", [("name", name)])
        except NotFound as error:
            raise mlflow_errors.no_model(name) from error
        return rest_entities.model(self._api.part(answer, "registered_model"))

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """GET registered-models/search, every page. Prompts share the tables and are left out."""
        query = [("filter", filter)] if filter else []
        query += [("order_by", order) for order in order_by]
        for item in self._api.pages("registered-models/search", "registered_models", query):
            model = rest_entities.model(item)
            if not model.is_prompt:
                yield model

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        """POST registered-models/create"""
        body = {"name": name, "description": description, "tags": _tags(tags or {})}
        answer = self._api.send("POST", "registered-models/create", body)
        return rest_entities.model(self._api.part(answer, "registered_model"))

    def get_version(self, name: str, number: int) -> Version:
        """GET model-versions/get"""
        try:
            answer = self._api.get("model-versions/get", [("name", name), ("version", str(number))])
        except NotFound as error:
            raise mlflow_errors.no_version(name, number) from error
        return rest_entities.version(self._api.part(answer, "model_version"))

    def search_versions(self, name: str | None = None, *, filter: str = "") -> Iterator[Version]:
        """GET model-versions/search, every page, newest first within a model; MLflow fills no aliases here."""
        return self._versions(name, filter, ("name ASC", "version_number DESC"))

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
            answer = self._api.send("POST", "model-versions/create", given)
        except (NotFound, Failed) as error:
            raise mlflow_errors.not_created(new, error) from error
        return rest_entities.version(self._api.part(answer, "model_version"))

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """POST model-versions/transition-stage"""
        body = {"name": name, "version": str(number), "stage": stage, "archive_existing_versions": archive_existing}
        try:
            answer = self._api.send("POST", "model-versions/transition-stage", body)
        except NotFound as error:
            raise mlflow_errors.no_version(name, number) from error
        return rest_entities.version(self._api.part(answer, "model_version"))

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """POST registered-models/alias"""
        try:
            self._api.send("POST", "registered-models/alias", {"name": name, "alias": alias, "version": str(number)})
        except NotFound as error:
            raise mlflow_errors.no_version(name, number) from error

    def delete_alias(self, name: str, alias: str) -> None:
        """DELETE registered-models/alias (with a JSON body: MLflow reads no query here)"""
        try:
            self._api.send("DELETE", "registered-models/alias", {"name": name, "alias": alias})
        except NotFound as error:
            raise mlflow_errors.no_model(name) from error

    def _versions(self, name: str | None, filter: str, order_by: Sequence[str]) -> Iterator[Version]:
        named = filters.equals("name", name) if name is not None else ""
        wanted = " AND ".join(part for part in (named, filter) if part)
        query = [("filter", wanted)] if wanted else []
        query += [("order_by", order) for order in order_by]
        for item in self._api.pages("model-versions/search", "model_versions", query):
            version = rest_entities.version(item)
            if name in (None, version.name) and not rest_entities.is_prompt(version.tags):
                yield version


def _tags(tags: Mapping[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in tags.items()]
