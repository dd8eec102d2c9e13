"""Databricks' two model registries over REST: the workspace's, and Unity Catalog with its own paths and limits."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

from mlreg.adapters import mlflow_errors, rest_entities
from mlreg.adapters.http import Answer, Endpoint, Headers, Transport
from mlreg.adapters.rest_api import RestApi
from mlreg.adapters.rest_registry import RestRegistry
from mlreg.core import credentials, databricks, features
from mlreg.core.addresses import origin
from mlreg.core.errors import MlregError, Unauthenticated, Unsupported
from mlreg.core.ports import Connection
from mlreg.core.types import Model, NewVersion, Run, ServerInfo, Tracker, Version

CATALOG_PREFIX = "/api/2.0/mlflow/unity-catalog/"
SCIM_PREFIX = "/api/2.0/preview/scim/v2/"
TOKEN_PATH = "/oidc/v1/token"  # noqa: S105 - a path

WithMlflow = Callable[[], Connection]


def connect(
    tracker: Tracker,
    look_up: credentials.LookUp,
    *,
    timeout_s: float,
    notify: Callable[[str], None],
    renew: Callable[[], bool] = lambda: False,
    patient: bool = False,
    with_mlflow: WithMlflow,
) -> RestRegistry:
    """Open a Databricks registry over REST, with the host and the token or OAuth client that a tracker has.

    `renew` drops what may be stale of the secrets, and tells whether reading again could give others; `with_mlflow`
    makes MLflow's client, for the act that only it can do. Secrets are read, and an OAuth token is asked for, with the
    first request.
    """
    endpoint = Endpoint(
        uri=tracker.databricks_host or "",
        ca_cert=tracker.tracking_ca_cert,
        client_cert=tracker.tracking_client_cert,
        insecure_tls=tracker.tracking_insecure_tls,
    )
    open_transport = partial(Transport, timeout_s=timeout_s, notify=notify, patient=patient)

    @cache
    def bearer() -> Headers:
        login = partial(credentials.authorization, databricks.login(tracker), look_up)
        granted = _bearer(open_transport(replace(endpoint, authorize=login, renew=renew)), origin(endpoint.uri))
        return {**credentials.own_headers(tracker, look_up), **granted}

    def authorize() -> Headers:
        return credentials.authorization(tracker, look_up) if tracker.databricks_client_id is None else bearer()

    def renewed() -> bool:
        bearer.cache_clear()
        return renew()

    transport = open_transport(replace(endpoint, authorize=authorize, renew=renewed))
    tracking = RestApi(transport, endpoint.uri)
    if databricks.registry_kind(tracker) == "workspace":
        return WorkspaceRegistry(tracker, tracking, tracking)
    return UnityCatalog(tracker, RestApi(transport, endpoint.uri, CATALOG_PREFIX), tracking, with_mlflow)


class WorkspaceRegistry(RestRegistry):
    """A workspace's registry, and what both of Databricks' registries have in common."""

    def __init__(self, tracker: Tracker, registry: RestApi, tracking: RestApi) -> None:
        super().__init__(registry, tracking)
        self.kind = features.title(tracker)
        self.features = features.of(tracker)

    def server(self) -> ServerInfo:
        """GET preview/scim/v2/Me: who the token belongs to"""
        return ServerInfo(version="Databricks", user=self._tracking.below(SCIM_PREFIX).get("Me", []).get("userName"))

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        """GET model-versions/search, every page, sorted here: the server's own order is not to be relied on"""
        if order_by:
            return self._versions(name, filter, order_by)
        return iter(sorted(self._versions(name, filter, ()), key=lambda version: (version.name, -version.number)))

    def artifact_uri(self, name: str, number: int) -> str:
        """Nothing is asked: where the files are is of no use without the credentials that MLflow's client gets"""
        return f"models:/{name}/{number}"

    def create_version(self, new: NewVersion) -> Version:
        """POST model-versions/create; a logged model is named by where its files are, as MLflow's client does"""
        if new.model_id and new.source == f"models:/{new.model_id}":
            new = replace(new, source=self.get_logged_model(new.model_id).artifact_uri)
        return super().create_version(new)

    def _logged_by(self, run: Run) -> str:
        """Databricks has no filter for the run; what comes back is looked through."""
        return ""


class UnityCatalog(WorkspaceRegistry):
    """Unity Catalog: names of three levels, no stages, and searches that know neither filters nor orders."""

    def __init__(self, tracker: Tracker, registry: RestApi, tracking: RestApi, with_mlflow: WithMlflow) -> None:
        super().__init__(tracker, registry, tracking)
        self._with_mlflow = with_mlflow

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """GET registered-models/search, every page, in the server's order; hits carry no tags and no aliases"""
        if filter:
            raise self._unsupported("filters")
        return super().search_models()

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        """GET model-versions/search, which wants the name of a model: without one, a search for each model"""
        if filter or order_by:
            raise self._unsupported("filters and orders in searches")
        if name is not None:
            return super().search_versions(name)
        search = super().search_versions
        return (version for model in self.search_models() for version in search(model.name))

    def create_version(self, new: NewVersion) -> Version:
        """Through MLflow's client: the files are checked for a signature and copied into managed storage"""
        return self._with_mlflow().create_version(new)

    def rename_model(self, name: str, new_name: str) -> Model:
        """PATCH registered-models/update: there is no other way here, and it leaves what it does not name"""
        answer = self._on_model("PATCH", "registered-models/update", name, new_name=new_name)
        return rest_entities.model(self._api.part(answer, "registered_model"))

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        """There is nothing to send."""
        raise self._unsupported("stages")

    def _unsupported(self, what: str) -> MlregError:
        return Unsupported(f"{self.kind} has no {what}")


def _bearer(transport: Transport, where: str) -> Headers:
    """The header with a token for an OAuth client (https://docs.databricks.com/dev-tools/auth/oauth-m2m.html)."""
    answer = transport.post_form(TOKEN_PATH, {"grant_type": "client_credentials", "scope": "all-apis"})
    content = _object(answer)
    token = content.get("access_token")
    if answer.status == 200 and isinstance(token, str):
        return {"Authorization": f"Bearer {token}"}
    if answer.status in (400, 401, 403):
        raise Unauthenticated(
            f"{where} does not accept the OAuth client",
            cause=str(content.get("error") or f"HTTP {answer.status}"),
            hint="see what is sent: mlreg tracker show",
        )
    raise mlflow_errors.from_answer(answer.status, answer.media_type, "", where)


def _object(answer: Answer) -> Mapping[str, object]:
    try:
        content = json.loads(answer.body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
