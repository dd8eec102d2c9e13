"""A secret goes only to its hosts."""

import pytest

from mlreg.core.errors import NotAllowed, Usage
from mlreg.core.references import Placeholder
from mlreg.core.secret_hosts import check_host, parse_host
from mlreg.core.types import Components, Layer, SecretEntry, Tracker

TOKEN = Placeholder("team", "token")


def tracker(uri: str, layer: Layer = "user", secret: str = "team") -> Tracker:
    """A tracker that names a secret."""
    return Tracker(name=layer, tracking_uri=uri, tracking_token=Placeholder(secret, "token"), layer=layer)


def known(*trackers: Tracker, hosts: tuple[str, ...] = ()) -> Components:
    """Components with a secret `team`."""
    entry = SecretEntry(name="team", backend="keyring", keys=("token",), hosts=hosts)
    return Components(trackers={each.name: each for each in trackers}, secrets={"team": entry})


def test_a_tracker_of_the_user_binds_its_host() -> None:
    """Also for the project's trackers that lead to the same one."""
    ours, theirs = tracker("https://H.example/a"), tracker("https://h.example:443/b", "project")
    check_host(TOKEN, ours, known(ours), {})
    check_host(TOKEN, theirs, known(ours, theirs), {})


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example",
        "https://h.example:8443",
        "https://h.example.evil.example",
        "http://h.example:8080",
        "https://[::1]",
    ],
)
def test_a_project_binds_nothing(uri: str) -> None:
    """Another host, another port, a longer name: nothing is sent, and the hint names what would allow it."""
    ours, theirs = tracker("https://h.example"), tracker(uri, "project")
    with pytest.raises(NotAllowed, match="is not sent to") as refused:
        check_host(TOKEN, theirs, known(ours, theirs), {})
    host = uri.partition("://")[2]
    assert f"mlreg secret update team --host {host}" in str(refused.value.hint)
    check_host(TOKEN, theirs, known(theirs, hosts=(host,)), {})
    check_host(TOKEN, theirs, known(theirs), {"MLREG_SECRET_HOSTS_TEAM": f"other, {host} ,"})


def test_another_secrets_tracker_does_not_bind() -> None:
    """A host is bound to a secret, not to the person."""
    theirs = tracker("https://h.example", "project")
    with pytest.raises(NotAllowed):
        check_host(TOKEN, theirs, known(tracker("https://h.example", secret="other"), theirs), {})


def test_a_secret_that_only_the_environment_knows() -> None:
    """The hint names the variable that works for it."""
    theirs = tracker("https://h.example", "project")
    with pytest.raises(NotAllowed) as refused:
        check_host(TOKEN, theirs, Components(trackers={"project": theirs}), {})
    assert "MLREG_SECRET_HOSTS_TEAM=h.example" in str(refused.value.hint)


def test_databricks_is_its_workspace() -> None:
    """The host is databricks_host; a profile, which names its own, gets no secret from a project."""
    theirs = Tracker(
        name="d", tracking_uri="databricks", tracking_token=TOKEN, databricks_host="https://w", layer="project"
    )
    check_host(TOKEN, theirs, known(hosts=("w",)), {})
    profile = Tracker(name="d", tracking_uri="databricks://p", tracking_token=TOKEN, layer="project")
    with pytest.raises(NotAllowed, match="not known beforehand"):
        check_host(TOKEN, profile, known(hosts=("w",)), {})


@pytest.mark.parametrize("text", ["", "https://", "a b", "u:p@h", "*", "h:x", "h,i", "http://[::1"])
def test_what_is_no_host(text: str) -> None:
    """It is refused, and a password in it is not shown."""
    with pytest.raises(Usage) as refused:
        parse_host(text)
    assert "u:p" not in refused.value.message


def test_hosts_are_written_in_one_way() -> None:
    """From a URI or as typed; a usual port is left out."""
    spellings = {
        "https://H:443/x": "h",
        "H": "h",
        "h:443": "h",
        "http://h:80": "h",
        "http://h:5000": "h:5000",
        "h:5000": "h:5000",
    }
    assert {text: parse_host(text) for text in spellings} == spellings
