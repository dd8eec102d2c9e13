"""A tracker's credentials as headers: looked up when they are needed, host-bound headers beside Authorization."""

import json
from dataclasses import replace

import pytest

from mlreg.core import credentials
from mlreg.core.errors import SecretMissing
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.types import Credential, Tracker

URI = "https://mlflow.example.com"
VALUES = {"token": "c4n4ry", "key": "k\nk"}


def look_up(placeholder: Placeholder) -> Secret:
    """A vault with two values, of which one breaks lines."""
    return Secret(VALUES[placeholder.key])


def test_headers_come_beside_the_authentication() -> None:
    """A gateway's header and the token go together; without authentication the header goes alone."""
    headers: dict[str, Credential] = {"X-Key": Placeholder("s", "token"), "X-Team": Secret("risk")}
    tracker = Tracker(name="t", tracking_uri=URI, tracking_token=Placeholder("s", "token"), tracking_headers=headers)
    assert credentials.authorization(tracker, look_up) == {
        "X-Key": "c4n4ry",
        "X-Team": "risk",
        "Authorization": "Bearer c4n4ry",
    }
    alone = Tracker(name="t", tracking_uri=URI, no_auth=True, tracking_headers={"X-Team": Secret("risk")})
    assert credentials.authorization(alone, look_up) == {"X-Team": "risk"}


def test_a_header_that_cannot_be_sent() -> None:
    """A value that would end the header is exit 4 and is not shown."""
    tracker = Tracker(name="t", tracking_uri=URI, tracking_headers={"X-Key": Placeholder("s", "key")})
    with pytest.raises(SecretMissing) as refused:
        credentials.authorization(tracker, look_up)
    assert "the header X-Key" in refused.value.message
    assert "k\nk" not in str(refused.value)


def test_secrets_in_headers_count() -> None:
    """They are the tracker's secrets like any other, in the order of its fields."""
    tracker = Tracker(
        name="t",
        tracking_uri=URI,
        tracking_token=Placeholder("a", "token"),
        tracking_headers={"X-Key": Placeholder("b", "key"), "X-Team": Secret("risk")},
    )
    assert [placeholder.secret for placeholder in credentials.secrets_of(tracker)] == ["a", "b"]
    assert credentials.literals_of(tracker) == ["tracking_headers.X-Team"]


def test_a_tracker_through_a_pipe() -> None:
    """It arrives as JSON with the values of its secrets, whatever they look like, and is closed again at once."""
    tracker = Tracker(
        name="t",
        tracking_uri=URI,
        tracking_token=Secret("{{no.placeholder}}"),
        tracking_headers={"X-Key": Placeholder("s", "key")},
        labels={"team": "risk"},
    )
    laid_open = json.loads(json.dumps(credentials.laid_open(tracker, look_up)))
    assert laid_open["tracking_token"] == "{{no.placeholder}}"
    assert credentials.closed_again(laid_open) == replace(tracker, tracking_headers={"X-Key": Secret("k\nk")})
