"""`tracker start`, `stop` and `show` as far as they need no server."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_trackers import SERVER_FIELDS


@pytest.fixture
def here(cli: Cli) -> Cli:
    """A command line with a local tracker."""
    assert cli("tracker", "register", "here").code == 0
    return cli


def test_show_tells_of_the_server(here: Cli) -> None:
    """A local tracker's is stopped; about another tracker's server mlreg has nothing to say."""
    shown = here("tracker", "show", "-o", "json").json
    assert [shown[name] for name in SERVER_FIELDS] == ["stopped", None, None, None, None]
    here("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth")
    assert here("tracker", "show", "lab", "-o", "json").json["server_state"] is None


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_a_server_needs_no_server(cli: Cli, verb: str) -> None:
    """The tracker of one is refused."""
    cli("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth")
    refused = cli("tracker", verb, "lab")
    assert (refused.code, "leads to a server already" in refused.stderr) == (2, True)
    assert cli("tracker", verb, "nobody").code == 3


def test_stopping_what_does_not_run(here: Cli) -> None:
    """Is no failure, and says so; in JSON too."""
    done = here("tracker", "stop")
    assert (done.code, done.stdout, "unchanged" in done.stderr) == (0, "here\n", True)
    assert here("tracker", "stop", "here", "-o", "json").json == {"name": "here", "stopped": False}
    assert here("tracker", "stop", "--all", "-o", "json").json == []


def test_all_goes_without_a_name(here: Cli) -> None:
    """Which of both is meant nobody knows."""
    assert here("tracker", "stop", "here", "--all").code == 2


def test_a_dry_start_starts_nothing(here: Cli) -> None:
    """It says what it would do, on stderr."""
    done = here("tracker", "start", "here", "--dry-run")
    assert (done.code, done.stdout) == (0, "")
    assert "dry run" in done.stderr
    assert here("tracker", "show", "-o", "json").json["server_state"] == "stopped"


@pytest.mark.parametrize("place", ["q?x/m.db", "a#b/m.db", "sqlite:///p%20q/m.db", "sqlite:////a#b.db", "file:r%23s"])
def test_paths_that_no_uri_can_say(cli: Cli, place: str) -> None:
    """MLflow would open another file: such a store is refused, and a query is none."""
    refused = cli("tracker", "register", "here", place)
    assert (refused.code, "there can be no store at" in refused.stderr) == (2, True)
    assert cli("tracker", "register", "here", "sqlite:///100%/m.db?timeout=5").code == 0


def test_a_home_that_no_uri_can_say(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no place for a store; for trackers of servers, and stores elsewhere, it will do."""
    monkeypatch.setenv("MLREG_HOME", str(home / "q?x"))
    refused = cli("tracker", "register", "here")
    assert (refused.code, "MLREG_HOME" in refused.stderr) == (2, True)
    assert cli("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth").code == 0
    assert cli("tracker", "register", "here", "./mlflow.db").code == 0
    assert cli("tracker", "start", "here", "--dry-run").code == 0
