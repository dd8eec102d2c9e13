"""The registry side of MLflow's REST API: models and their versions, without importing mlflow."""

from collections.abc import Iterator, Mapping, Sequence

from mlreg.adapters import mlflow_errors, rest_entities
from mlreg.adapters.mlflow_errors import told_as
from mlreg.adapters.rest_api import Json, RestApi
from mlreg.adapters.rest_tracking import RestTracking
from mlreg.core import filters
from mlreg.core.errors import Failed, NotFound
from mlreg.core.features import MLFLOW, OVER_REST
from mlreg.core.types import Model, NewVersion, Version


class RestRegistry(RestTracking):
    """Registry and Tracking over one MLflow server's REST API.

    Endpoints, fields and their traps: https://mlflow.org/docs/latest/rest-api.html
    """

    features = OVER_REST
    kind = MLFLOW

    def __init__(self, api: RestApi, tracking: RestApi | None = None) -> None:
        super().__init__(tracking or api)
        self._api = api

    def get_model(self, name: str) -> Model:
        """GET registered-models/get"""
        with told_as(mlflow_errors.no_model(name)):
            answer = self._api.get("registered-models/get", [("name", name)])
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

    def update_model(self, name: str, *, description: str) -> Model:
        """PATCH registered-models/update, which wipes what it does not name: the description is all there is"""
        answer = self._on_model("PATCH", "registered-models/update", name, description=description)
        return rest_entities.model(self._api.part(answer, "registered_model"))

    def rename_model(self, name: str, new_name: str) -> Model:
        """POST registered-models/rename"""
        answer = self._on_model("POST", "registered-models/rename", name, new_name=new_name)
        return rest_entities.model(self._api.part(answer, "registered_model"))

    def delete_model(self, name: str) -> None:
        """DELETE registered-models/delete"""
        self._on_model("DELETE", "registered-models/delete", name)

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """POST registered-models/set-tag"""
        self._on_model("POST", "registered-models/set-tag", name, key=key, value=value)

    def delete_model_tag(self, name: str, key: str) -> None:
        """DELETE registered-models/delete-tag"""
        self._on_model("DELETE", "registered-models/delete-tag", name, key=key)

    def get_version(self, name: str, number: int) -> Version:
        """GET model-versions/get"""
        with told_as(mlflow_errors.no_version(name, number)):
            answer = self._api.get("model-versions/get", [("name", name), ("version", str(number))])
        return rest_entities.version(self._api.part(answer, "model_version"))

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        """GET model-versions/search, every page; MLflow fills no aliases here."""
        return self._versions(name, filter, order_by or ("name ASC", "version_number DESC"))

    def artifact_uri(self, name: str, number: int) -> str:
        """GET model-versions/get-download-uri"""
        with told_as(mlflow_errors.no_version(name, number)):
            answer = self._api.get("model-versions/get-download-uri", [("name", name), ("version", str(number))])
        return str(answer.get("artifact_uri") or "")

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

    def update_version(self, name: str, number: int, *, description: str) -> Version:
        """PATCH model-versions/update, which wipes what it does not name: the description is all there is"""
        answer = self._on_version("PATCH", "model-versions/update", name, number, description=description)
        return rest_entities.version(self._api.part(answer, "model_version"))

    def delete_version(self, name: str, number: int) -> None:
        """DELETE model-versions/delete"""
        self._on_version("DELETE", "model-versions/delete", name, number)

    def set_version_tag(self, name: str, number: int, key: str, value: str) -> None:
        """POST model-versions/set-tag"""
        self._on_version("POST", "model-versions/set-tag", name, number, key=key, value=value)

    def delete_version_tag(self, name: str, number: int, key: str) -> None:
        """DELETE model-versions/delete-tag"""
        self._on_version("DELETE", "model-versions/delete-tag", name, number, key=key)

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """POST model-versions/transition-stage"""
        path, archive = "model-versions/transition-stage", archive_existing
        answer = self._on_version("POST", path, name, number, stage=stage, archive_existing_versions=archive)
        return rest_entities.version(self._api.part(answer, "model_version"))

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """POST registered-models/alias"""
        self._on_version("POST", "registered-models/alias", name, number, alias=alias)

    def delete_alias(self, name: str, alias: str) -> None:
        """DELETE registered-models/alias"""
        self._on_model("DELETE", "registered-models/alias", name, alias=alias)

    def _on_model(self, method: str, path: str, name: str, **body: object) -> Json:
        """Write to a model. DELETE and PATCH have their fields in the body too: MLflow reads no query there."""
        with told_as(mlflow_errors.no_model(name)):
            return self._api.send(method, path, {"name": name, **body})

    def _on_version(self, method: str, path: str, name: str, number: int, **body: object) -> Json:
        with told_as(mlflow_errors.no_version(name, number)):
            return self._api.send(method, path, {"name": name, "version": str(number), **body})

    def _versions(self, name: str | None, filter: str, order_by: Sequence[str]) -> Iterator[Version]:
        named = filters.equals("name", name) if name is not None else ""
        wanted = " AND ".join(part for part in (named, filter) if part)
        query = [("filter", wanted)] if wanted else []
        query += [("order_by", order) for order in order_by]
        for item in self._api.pages("model-versions/search", "model_versions", query):
            version = rest_entities.version(item)
            if name in (None, version.name) and not version.is_prompt:
                yield version


def _tags(tags: Mapping[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in tags.items()]
