"""The REST adapter against servers that are not what they should be, and over many pages."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mlreg.adapters import mlflow_errors, rest
from mlreg.adapters.rest_registry import RestRegistry
from mlreg.core import errors
from mlreg.core.errors import MlregError
from mlreg.core.types import Tracker
from tests.labs import no_secrets
from tests.scripted import Asked, Reply, scripted

LOGIN_PAGE = "<html><form>Sign in</form></html>"


def registry(uri: str) -> RestRegistry:
    """The adapter for a server without credentials."""
    return rest.connect(Tracker(name="t", tracking_uri=uri, no_auth=True), no_secrets, timeout_s=5, notify=print)


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (Reply(200, LOGIN_PAGE), errors.NotMlflow, "web page"),
        (Reply(200, "hello", "text/plain"), errors.NotMlflow, "not answer as MLflow"),
        (Reply(200, "{]", "application/json"), errors.NotMlflow, "not answer as MLflow"),
        (Reply(200, [1], "application/json"), errors.NotMlflow, "not answer as MLflow"),
        (Reply(200, {"hello": "world"}), errors.NotMlflow, "not answer as MLflow"),
        (Reply(401, "You are not authenticated.", "text/html"), errors.Unauthenticated, "credentials"),
        (Reply(403, "Permission denied", "text/html"), errors.PermissionDenied, "permit"),
        (
            Reply(403, "Invalid Host header - possible DNS rebinding attack detected", "text/plain"),
            errors.PermissionDenied,
            "by this name",
        ),
        (Reply(404, "<html>Not Found</html>"), errors.NotMlflow, "no such endpoint"),
        (Reply(404, {"detail": "Not Found"}), errors.NotMlflow, "no such endpoint"),
        (Reply(500, "<html>oops</html>"), errors.NotMlflow, "not answer as MLflow"),
        (Reply(502, "<html>Bad Gateway</html>"), errors.Unreachable, "unavailable"),
        (
            Reply(302, "", headers={"Location": "https://login.example.com/?next=x"}),
            errors.NotMlflow,
            "redirects to https://login.example.com/",
        ),
        (Reply(500, {"error_code": "INTERNAL_ERROR", "message": "boom"}), errors.Failed, "failed"),
        (Reply(403, {"error_code": "PERMISSION_DENIED", "message": "no"}), errors.PermissionDenied, "permit"),
        (
            Reply(429, {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow"}, headers={"Retry-After": "99"}),
            errors.Unreachable,
            "overloaded",
        ),
        (Reply(400, {"error_code": "BRAND_NEW", "message": "hm"}), errors.Failed, "failed"),
    ],
)
def test_bad_answers(reply: Reply, kind: type[MlregError], says: str) -> None:
    """Each is one of mlreg's errors, with words that say what it was; a page's HTML is not repeated."""
    with scripted(lambda _: reply) as server, pytest.raises(kind) as caught:
        list(registry(server.uri).search_models())
    assert says in caught.value.message
    assert "<" not in f"{caught.value.message}{caught.value.cause}"


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


def test_every_error_is_drawn_and_has_an_exit() -> None:
    """The tree in the module's docstring names every class with its place."""
    classes = {
        name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, MlregError)
    }
    for name, kind in classes.items():
        assert name in (errors.__doc__ or "")
        assert kind.exit in {1, 2, 3, 4, 5, 6, 7, 8, 9, 75}
        assert kind("x").code == kind("x").code.lower()
