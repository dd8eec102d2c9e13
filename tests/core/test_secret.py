"""A Secret shows itself nowhere, and a placeholder is read strictly."""

import copy
import json
import logging
import pickle
import traceback

import pytest

from mlreg.core.errors import Usage
from mlreg.core.references import Placeholder, parse_placeholder
from mlreg.core.secret import Secret

VALUE = "c4n4ry"


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        "{}".format,
        "{!r:>9}".format,
        "%s".__mod__,
        json.dumps,
        lambda secret: json.dumps({"a": [secret]}),
        lambda secret: str(pickle.loads(pickle.dumps(secret))),  # noqa: S301 - our own bytes
        lambda secret: str(copy.deepcopy(secret)),
        lambda secret: f"{secret}{[secret]}{ {secret: secret} }",
        lambda secret: "".join(secret),
        lambda secret: secret.upper() + secret[:],
    ],
)
def test_it_shows_as_stars(show: object) -> None:
    """Whatever makes text of it gets the mask."""
    shown = show(Secret(VALUE))  # type: ignore[operator]
    assert VALUE not in shown
    assert "***" in shown


def test_not_in_logs_and_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    """Neither as an argument of a log line nor among a traceback's locals."""
    secret = Secret(VALUE)
    logging.getLogger("x").error("%s %r", secret, {"password": secret})
    assert VALUE not in caplog.text
    try:
        raise ValueError(secret)
    except ValueError as error:
        frames = traceback.TracebackException.from_exception(error, capture_locals=True)
        assert VALUE not in "".join(frames.format()).replace("VALUE", "")


def test_reveal_and_compare() -> None:
    """Only reveal() gives the value; two secrets are equal when their values are; a plain text never is."""
    assert Secret(VALUE).reveal() == VALUE
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != "***"
    assert not Secret("")
    assert len({Secret(VALUE), Secret(VALUE), Secret("other")}) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{s.k}}", Placeholder("s", "k")),
        ("{{ s.k }}", Placeholder("s", "k")),
        ("{{a-b.c-d_e}}", Placeholder("a-b", "c-d_e")),
        ("plain", None),
        ("", None),
        ("a.b", None),
        ("p{ss", None),
    ],
)
def test_placeholders(text: str, expected: Placeholder | None) -> None:
    """The whole value is a placeholder, or it is a literal."""
    assert parse_placeholder("f", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("{{a}}", "{{.b}}", "{{a.}}", "{a.b}", "x{{a.b}}", "{{a.b}}y", "{{a.b}} ", "{{{a.b}}}", "{{a.b}}{{c.d}}"),
        *("{{ a . b }}", "{{a b.c}}", "{{a.b.c}}", "{{é.k}}"),
    ],
)
def test_near_misses_are_no_literals(text: str) -> None:
    """A typo must not become the password; the message shows the field and not the value."""
    with pytest.raises(Usage) as caught:
        parse_placeholder("tracking_token", text)
    assert "tracking_token" in caught.value.message
    assert text not in caught.value.message
