"""What a user of ZenML meets as a traceback or a silent wrong result with trackers and stacks is one clear error here.

The behaviour in each docstring was seen with ZenML 0.98.
"""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli_runner import Result

URI = "https://mlflow.example.com"


@pytest.fixture
def t(cli: Cli) -> Cli:
    """A command line with the tracker t."""
    assert cli("tracker", "register", "t", URI, "--tracking_token={{s.token}}").code == 0
    return cli


def refused(done: Result, code: int, *says: str) -> None:
    """One error of a few lines, nothing on stdout, and these words in it."""
    assert (done.code, done.stdout) == (code, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    for words in says:
        assert words in done.stderr


def test_an_unknown_attribute(cli: Cli) -> None:
    """ZenML: ValueError "Invalid configuration keys", 114 lines of traceback."""
    refused(cli("tracker", "register", "x", URI, "--bogus=1"), 2, "No such option: --bogus")


def test_a_near_miss_of_an_attribute(cli: Cli) -> None:
    """ZenML (PR #763): a mistyped attribute was silently ignored."""
    refused(cli("tracker", "register", "x", URI, "--tracking_tokn={{s.t}}"), 2, "did you mean '--tracking-token'?")


def test_a_name_that_is_taken(t: Cli) -> None:
    """ZenML: EntityExistsError as a traceback."""
    refused(t("tracker", "register", "t", URI, "--no-auth"), 7, "exists with another", "--replace")


def test_an_unknown_flavor(cli: Cli) -> None:
    """ZenML: KeyError "No flavor with name" as a traceback."""
    refused(cli("tracker", "register", "x", URI, "--no-auth", "--flavor=nope"), 2, "no flavor 'nope'", "mlflow")


def test_an_update_that_breaks_the_pair(t: Cli) -> None:
    """ZenML: a pydantic ValidationError as a traceback."""
    refused(t("tracker", "update", "t", "--unset", "tracking-token", "--tracking_username=u"), 2, "only work together")


def test_removing_the_only_token(t: Cli) -> None:
    """ZenML: remove-attribute of the only token is a traceback."""
    refused(t("tracker", "remove-attribute", "t", "tracking_token"), 2, "how to authenticate is not said")


def test_a_secret_that_comes_later(cli: Cli) -> None:
    """ZenML: KeyError as a traceback at registering time; here it is a warning with the command."""
    done = cli("tracker", "register", "x", URI, "--tracking_token={{later.token}}")
    assert (done.code, done.stdout) == (0, "x\n")
    assert "mlreg secret register later -k token" in done.stderr


def test_an_unknown_scheme(cli: Cli) -> None:
    """ZenML: ftp:// registers, goes into a stack, and explodes when the stack is first loaded."""
    refused(cli("tracker", "register", "x", "ftp://h"), 2, "'ftp' is no scheme that MLflow can open")


def test_a_scheme_that_only_begins_right(cli: Cli) -> None:
    """ZenML: httpfoo:// passes, since it starts with http."""
    refused(cli("tracker", "register", "x", "httpfoo://h"), 2, "'httpfoo' is no scheme")


def test_an_upper_case_scheme(cli: Cli) -> None:
    """ZenML: HTTP:// counts as local, so that no rule about credentials applies."""
    refused(cli("tracker", "register", "x", "HTTPS://mlflow.example.com"), 2, "how to authenticate is not said")


def test_a_databricks_profile(cli: Cli) -> None:
    """ZenML: databricks://profile, valid in MLflow, counts as local and is then refused."""
    assert cli("tracker", "register", "x", "databricks://prod").code == 0
    assert cli("tracker", "show", "x", "-o", "json").json["kind"] == "databricks"


def test_a_server_without_authentication(cli: Cli) -> None:
    """ZenML: it cannot be registered."""
    assert cli("tracker", "register", "x", "http://127.0.0.1:5000", "--no-auth").code == 0


@pytest.mark.parametrize(
    "value", ["{{ s . t }}", "{{s .t}}", "{{s}}", "{{.t}}", "{{s.}}", "{s.t}", "x{{s.t}}", "{{s.t}} "]
)
def test_a_near_miss_of_a_placeholder(cli: Cli, value: str) -> None:
    """ZenML: it silently becomes the password itself."""
    refused(
        cli("tracker", "register", "x", URI, f"--tracking_token={value}"), 2, "looks like a placeholder but is none"
    )


@pytest.mark.parametrize("value", ["{{s.t}}{{s.t}}", "{{{s.t}}}"])
def test_two_placeholders_in_one(cli: Cli, value: str) -> None:
    """ZenML: `{{s.t}}{{c.d}}` names the key `t}}{{c.d` of s, `{{{s.t}}}` the secret `{s`."""
    refused(
        cli("tracker", "register", "x", URI, f"--tracking_token={value}"), 2, "looks like a placeholder but is none"
    )


def test_a_literal_credential(cli: Cli) -> None:
    """ZenML: its warning is dead code, and describe prints the token in clear, also as JSON."""
    done = cli("tracker", "register", "x", URI, "--tracking_token=c4n4ry")
    assert "stored unprotected" in done.stderr
    assert "c4n4ry" not in cli("tracker", "describe", "x", "-o", "json").stdout


def test_a_password_in_the_uri(cli: Cli) -> None:
    """ZenML (#2443): user:password@ in a URI was shown in metadata."""
    done = cli("tracker", "register", "x", "https://ada:c4n4ry@h", "--no-auth")
    refused(done, 2, "credentials do not belong in the URI")
    assert "c4n4ry" not in done.stderr


def test_a_stack_of_what_does_not_exist(cli: Cli) -> None:
    """ZenML: KeyError that nobody catches."""
    refused(cli("stack", "register", "s", "-e", "nobody"), 3, "there is no tracker 'nobody'")


def test_a_local_tracker_with_a_bucket(cli: Cli) -> None:
    """ZenML: registers fine, and fails when a pipeline is submitted."""
    cli("tracker", "register", "disk")
    refused(cli("stack", "register", "s", "-e", "disk", "-a", "s3://b"), 2, "needs a local artifact store")


def test_a_stack_without_a_tracker(cli: Cli) -> None:
    """ZenML: a stack with a model registry and no tracker registers fine, and fails when a pipeline is submitted."""
    cli("tracker", "register", "disk")
    refused(cli("stack", "register", "s"), 2, "a stack needs a tracker", "-t disk")
    assert cli("stack", "register", "s", "--model_registry", "disk").code == 0
    assert cli("stack", "show", "s", "-o", "json").json["tracker"] == "disk"


def test_a_tracker_in_use(t: Cli) -> None:
    """ZenML names the number of stacks, not their names."""
    t("stack", "register", "s", "-e", "t")
    refused(t("tracker", "delete", "t"), 7, "by the stack s", "mlreg stack delete s")


def test_copying_says_so(t: Cli) -> None:
    """ZenML: copy prints nothing."""
    assert "copied tracker t to u" in t("tracker", "copy", "t", "u").stderr
    assert "copied stack t to v" in t("stack", "copy", "t", "v").stderr


def test_exporting_literals(cli: Cli) -> None:
    """ZenML: plain credentials are written into the exported file."""
    cli("tracker", "register", "x", URI, "--tracking_token=c4n4ry")
    done = cli("stack", "export", "x")
    assert "c4n4ry" not in done.stdout + done.stderr
    assert "the literal token of the tracker x is left out" in done.stderr


def test_importing_asks_nothing(t: Cli, home: Path) -> None:
    """ZenML: import prompts for a new name, also where nobody is there to answer, and prints nothing."""
    t("stack", "export", "t", "t.yaml")
    t("tracker", "update", "t", "-d", "changed")
    refused(t("stack", "import", "t.yaml"), 7, "another tracker t is here", "--on-conflict")


def test_a_listing_shows_the_registry(t: Cli) -> None:
    """ZenML: the table of stacks shows neither tracker nor registry."""
    assert t("stack", "list").stdout.splitlines()[0].split()[:3] == ["NAME", "TRACKER", "REGISTRY"]
