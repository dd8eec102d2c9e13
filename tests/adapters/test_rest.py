"""The REST adapter against servers that are not what they should be, and over many pages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from mlreg.adapters import mlflow_client, mlflow_errors, rest
from mlreg.adapters.rest_registry import RestRegistry
from mlreg.core import errors
from mlreg.core.errors import MlregError
from mlreg.core.ports import Registry
from mlreg.core.types import Tracker
from tests.labs import no_secrets, tracker_of
from tests.scripted import Asked, Reply, scripted
from tests.servers import Server

LOGIN_PAGE = "<html><form>Sign in</form></html>"


def registry(uri: str) -> RestRegistry:
    """The adapter for a server without credentials."""
    return rest.connect(Tracker(name="t", tracking_uri=uri, no_auth=True), no_secrets, timeout_s=5, notify=print)


def refusal(status: int, code: str, message: str = "no", **headers: str) -> Reply:
    """MLflow's own way to refuse."""
    return Reply(status, {"error_code": code, "message": message}, headers=headers)


@pytest.mark.parametrize(
    ("reply", "kind", "says", "hint"),
    [
        (Reply(200, LOGIN_PAGE), errors.NotMlflow, "web page", "--tracking-token="),
        (Reply(200, "hello", "text/plain"), errors.NotMlflow, "not answer as MLflow", ""),
        (Reply(200, "{]", "application/json"), errors.NotMlflow, "not answer as MLflow", ""),
        (Reply(200, [1], "application/json"), errors.NotMlflow, "not answer as MLflow", ""),
        (Reply(200, {"hello": "world"}), errors.NotMlflow, "not answer as MLflow", ""),
        (Reply(204, "", "text/plain"), errors.NotMlflow, "not answer as MLflow", ""),
        (Reply(401, "You are not authenticated.", "text/html"), errors.Unauthenticated, "credentials", "tracker show"),
        (Reply(403, "Permission denied", "text/html"), errors.PermissionDenied, "permit", ""),
        (
            Reply(403, "Invalid Host header - possible DNS rebinding attack detected", "text/plain"),
            errors.PermissionDenied,
            "by this name",
            "--allowed-hosts",
        ),
        (Reply(404, "<html>Not Found</html>"), errors.NotMlflow, "no such endpoint", "is the path"),
        (Reply(404, {"detail": "Not Found"}), errors.NotMlflow, "no such endpoint", "is the path"),
        (Reply(405, "<html>Not Allowed</html>"), errors.NotMlflow, "of this method", "a proxy before MLflow"),
        (Reply(413, "<html>Too Large</html>"), errors.NotMlflow, "so large", "a proxy before MLflow"),
        (
            Reply(400, "<html>The plain HTTP request was sent to HTTPS port</html>"),
            errors.NotMlflow,
            "speaks TLS only",
            "https://",
        ),
        (Reply(500, "<html>oops</html>"), errors.Failed, "failed", "the server's log"),
        (Reply(502, "<html>Bad Gateway</html>"), errors.Unreachable, "unavailable", "try again"),
        (
            Reply(302, "", headers={"Location": "https://login.example.com/?next=x"}),
            errors.NotMlflow,
            "redirects to https://login.example.com/",
            "use a token",
        ),
        (refusal(500, "INTERNAL_ERROR", "boom"), errors.Failed, "failed", ""),
        (refusal(403, "PERMISSION_DENIED"), errors.PermissionDenied, "permit", ""),
        (refusal(404, "ENDPOINT_NOT_FOUND"), errors.NotMlflow, "no such endpoint", "is the path"),
        (
            refusal(500, "FEATURE_DISABLED", "Workspace APIs are not available"),
            errors.Unsupported,
            "has no workspaces",
            "--unset workspace",
        ),
        (
            refusal(404, "RESOURCE_DOES_NOT_EXIST", "Workspace 'risk' not found"),
            errors.ComponentNotFound,
            "has no workspace 'risk'",
            "--workspace",
        ),
        (
            refusal(404, "SCHEMA_DOES_NOT_EXIST", "Schema 'ml' does not exist."),
            errors.ComponentNotFound,
            "not have",
            "",
        ),
        (refusal(429, "REQUEST_LIMIT_EXCEEDED", **{"Retry-After": "99"}), errors.Unreachable, "overloaded", ""),
        (refusal(400, "BRAND_NEW", "hm"), errors.Failed, "failed", ""),
    ],
)
def test_bad_answers(reply: Reply, kind: type[MlregError], says: str, hint: str) -> None:
    """Each is one of mlreg's errors, with words that say what it was, and why; a page's HTML is not repeated."""
    with scripted(lambda _: reply) as server, pytest.raises(kind) as caught:
        list(registry(server.uri).search_models())
    assert says in caught.value.message
    assert caught.value.cause or hint
    assert hint in (caught.value.hint or "")
    assert "<" not in f"{caught.value.message}{caught.value.cause}"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, LOGIN_PAGE),
        Reply(401, "You are not authenticated.", "text/html"),
        Reply(403, "Permission denied", "text/html"),
        Reply(404, "<html>Not Found</html>"),
        refusal(404, "SCHEMA_DOES_NOT_EXIST"),
    ],
)
@pytest.mark.usefixtures("mlflow_state")
def test_bad_answers_to_mlflows_client(reply: Reply) -> None:
    """They become the same errors where MLflow's own client has sent the request."""
    with scripted(lambda _: reply) as server:
        by_rest, by_client = (raised(connect, server.uri) for connect in (rest.connect, mlflow_client.connect))
    assert (type(by_client), by_client.message, by_client.hint) == (type(by_rest), by_rest.message, by_rest.hint)


def raised(connect: Callable[..., Registry], uri: str) -> MlregError:
    """What an adapter makes of what a server answers."""
    tracker = Tracker(name="t", tracking_uri=uri, no_auth=True)
    with pytest.raises(MlregError) as caught:
        list(connect(tracker, no_secrets, timeout_s=20, notify=print).search_models())
    return caught.value


def test_the_host_check_of_a_real_server(plain_server: Server) -> None:
    """Its text is the one that mlreg knows."""
    answer = urllib3.request("GET", f"{plain_server.uri}/api/2.0/mlflow/experiments/get", headers={"Host": "evil.com"})
    media_type = answer.headers["Content-Type"].partition(";")[0]
    error = mlflow_errors.from_answer(answer.status, media_type, answer.data.decode(), plain_server.uri)
    assert "--allowed-hosts" in str(error.hint)


def test_the_refusal_of_a_real_server(secure_server: Server) -> None:
    """Without a login it sends text, no JSON."""
    tracker = replace(tracker_of(secure_server), tracking_username=None, tracking_password=None, no_auth=True)
    with pytest.raises(errors.Unauthenticated) as caught:
        rest.connect(tracker, no_secrets, timeout_s=20, notify=print).get_model("m")
    assert "not authenticated" in str(caught.value.cause)


def test_a_wrong_path_to_a_real_server(plain_server: Server) -> None:
    """It sends a web page with 404; that is not a model which does not exist."""
    with pytest.raises(errors.NotMlflow) as caught:
        registry(f"{plain_server.uri}/mlflow").get_model("m")
    assert "is the path in the tracker's URI right" in str(caught.value.hint)


def pages(count: int, size: int) -> Any:
    """A server with `count` models whose pages are `size` long, whatever is asked for, one of them empty."""

    def answer(asked: Asked) -> Reply:
        query = parse_qs(urlsplit(asked.path).query)
        start = int(query.get("page_token", ["0"])[0])
        if start == size:
            return Reply(200, {"next_page_token": str(start + 1)})
        begin = start - (start > size)
        names = [{"name": f"m{number}"} for number in range(begin, min(begin + size, count))]
        more = begin + size < count
        following = begin + size + (begin + size > size)
        return Reply(200, {"registered_models": names, **({"next_page_token": str(following)} if more else {})})

    return answer


def test_every_page_is_followed() -> None:
    """Also behind a page that is empty but has a token, as Unity Catalog sends."""
    with scripted(pages(25, 10)) as server:
        assert [model.name for model in registry(server.uri).search_models()] == [f"m{n}" for n in range(25)]


def test_rows_come_before_the_last_page() -> None:
    """The first model is there after one request."""
    with scripted(pages(25, 10)) as server:
        rows: Iterator[Any] = registry(server.uri).search_models()
        assert next(rows).name == "m0"
        assert len(server.asked) == 1


def test_runs_are_read_by_the_hundred() -> None:
    """After the experiments, page by page and once for all that follows."""

    def answer(asked: Asked) -> Reply:
        if "experiments" in asked.path and b"page_token" not in asked.body:
            return Reply(200, {"experiments": [{"experiment_id": "1"}], "next_page_token": "2"})
        return Reply(200, {"experiments": [{"experiment_id": "2"}]} if "experiments" in asked.path else {})

    with scripted(answer) as server:
        tracking = registry(server.uri)
        for _ in range(2):
            assert tracking.get_runs([f"{number:032x}" for number in range(250)]) == {}
    paths = [asked.path.removeprefix("/api/2.0/mlflow/") for asked in server.asked]
    assert paths == ["experiments/search"] * 2 + ["runs/search"] * 6
    assert all(b'"experiment_ids": ["1", "2"]' in asked.body for asked in server.asked[2:])


def test_numbers_may_be_text() -> None:
    """int64 in JSON may be a number or a text; unset fields are absent."""
    item = {"name": "m", "creation_timestamp": "1700000000000", "latest_versions": [{"version": "7"}]}
    with scripted(lambda _: Reply(200, {"registered_model": item})) as server:
        model = registry(server.uri).get_model("m")
    assert (model.created, model.latest, model.aliases) == (1_700_000_000_000, 7, {})


def test_every_code_of_mlflow_is_mapped() -> None:
    """MLflow's own table, walked: a code it adds shows up here."""
    from mlflow.exceptions import ERROR_CODE_TO_HTTP_STATUS

    missing = set(ERROR_CODE_TO_HTTP_STATUS) - set(mlflow_errors.CODES)
    assert not missing


# What MLflow's protocol knows and only Databricks sends, about other things than models: its text says it all.
TEXT_ALONE = (
    r"GIT_|DIRECTORY_|MAX_|SEARCH_QUERY_|IPYNB_|DRY_RUN|PARTIAL_DELETE|.*PARTNER_RESPONSE|IO_ERROR|UNPARSEABLE_HTTP_ERROR"
    r"|QUOTA_EXCEEDED|RESOURCE_LIMIT_EXCEEDED|PERMISSION_NOT_PROPAGATED|PROVIDER_SHARE_NOT_ACCESSIBLE"
)


def test_every_code_of_the_protocol_is_known() -> None:
    """The codes that MLflow may ever send, walked too."""
    from mlflow.protos.databricks_pb2 import ErrorCode

    unknown = [code for code in ErrorCode.keys() if mlflow_errors.kind_of(code) is None]  # noqa: SIM118 - no dict
    assert [code for code in unknown if not re.match(TEXT_ALONE, code)] == []


def test_every_error_is_drawn_and_has_an_exit() -> None:
    """The tree in the module's docstring names every class with its place."""
    classes = {
        name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, MlregError)
    }
    for name, kind in classes.items():
        assert name in (errors.__doc__ or "")
        assert kind.exit in {1, 2, 3, 4, 5, 6, 7, 8, 9, 75, 125, 126, 127}
        assert kind("x").code == kind("x").code.lower()
