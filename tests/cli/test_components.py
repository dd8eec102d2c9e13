"""`tracker` and `stack` at the command line: what they write, what they refuse, and in which words."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

URI = "https://mlflow.example.com"


def test_the_first_tracker_becomes_active_and_says_so(cli: Cli) -> None:
    """The simple case needs no stack; the second tracker changes nothing."""
    first = cli("tracker", "register", "a", URI, "--no-auth")
    assert (first.code, first.stdout) == (0, "a\n")
    assert "its stack a is now active" in first.stderr
    second = cli("tracker", "register", "b", URI, "--no-auth")
    assert "active" not in second.stderr
    assert cli("stack", "current").stdout == "a\n"


def test_zenmls_spellings(cli: Cli, home: Path) -> None:
    """The commands of ZenML's MLflow page, underscores and all, write placeholders and warn of absent secrets."""
    registered = cli(
        "tracker",
        "register",
        "t",
        "--flavor=mlflow",
        f"--tracking_uri={URI}",
        "--tracking_username={{mlflow_secret.username}}",
        "--tracking_password={{mlflow_secret.password}}",
    )
    assert registered.code == 0
    assert "mlreg secret register mlflow_secret -k username -k password" in registered.stderr
    assert cli("stack", "register", "custom_stack", "-e", "t", "--set").code == 0
    assert cli("stack", "current", "-o", "json").json == {
        "name": "custom_stack",
        "origin": "the active stack",
        "tracker": "t",
    }
    assert (home / "components.yaml").read_text() == (
        "version: 1\n"
        "trackers:\n"
        "  t:\n"
        "    flavor: mlflow\n"
        "    tracking_uri: https://mlflow.example.com\n"
        '    tracking_username: "{{mlflow_secret.username}}"\n'
        '    tracking_password: "{{mlflow_secret.password}}"\n'
        "active_stack: custom_stack\n"
        "stacks:\n"
        "  custom_stack: {tracker: t}\n"
        "previous_stack: t\n"
    ) or "custom_stack" in (home / "components.yaml").read_text()


@pytest.mark.parametrize(
    "extra", [["--tracking_token={{t.token}}"], ["--tracking-token", "{{t.token}}", "--tracking_insecure_tls"]]
)
def test_a_token(cli: Cli, extra: list[str]) -> None:
    """A token is the other way of authenticating."""
    assert cli("tracker", "register", "t", "--tracking_uri", URI, *extra).code == 0
    assert cli("tracker", "show", "t", "-o", "json").json["tracking_token"] == "{{t.token}}"


def test_registering_twice(cli: Cli) -> None:
    """The same again is unchanged; another needs --replace, which keeps what is not named differently."""
    assert cli("tracker", "register", "t", URI, "--no-auth").code == 0
    again = cli("tracker", "register", "t", URI, "--no-auth")
    assert (again.code, "unchanged" in again.stderr) == (0, True)
    other = cli("tracker", "register", "t", URI, "--tracking-token={{t.token}}")
    assert (other.code, other.stdout) == (7, "")
    assert "another no_auth, tracking_token" in other.stderr
    assert cli("tracker", "register", "t", URI, "--tracking-token={{t.token}}", "--replace").code == 0
    assert cli("tracker", "show", "t", "-o", "json").json["auth"] == "token"


def test_comments_stay(cli: Cli, home: Path) -> None:
    """A hand-written file keeps its comments, its order and what mlreg does not know."""
    home.mkdir()
    text = "# ours\ntrackers:\n  a: {tracking_uri: 'https://a', no_auth: true}  # the old one\nunknown: [1, 2]\n"
    (home / "components.yaml").write_text(text)
    assert cli("tracker", "register", "b", URI, "--no-auth").code == 0
    written = (home / "components.yaml").read_text()
    assert all(line in written for line in text.splitlines())
    assert cli("tracker", "list", "-o", "name").stdout == "a\nb\n"


@pytest.mark.parametrize(
    ("args", "says", "hint"),
    [
        ([URI], "how to authenticate is not said", "--no-auth"),
        ([URI, "--tracking-username={{s.u}}"], "only work together", "--tracking-password"),
        ([URI, "--tracking-password={{s.p}}"], "only work together", "--tracking-username"),
        (
            [URI, "--no-auth", "--tracking-token={{s.t}}"],
            "exclude each other",
            f"mlreg tracker register t {URI} --no-auth",
        ),
        (["https://ada:c4n4ry@h", "--no-auth"], "credentials do not belong in the URI", "mlreg secret register"),
        (["http://mlflow.example.com", "--tracking-token={{s.t}}"], "over http", "--allow-http"),
        (["ftp://h"], "'ftp' is no scheme that MLflow can open", "http"),
        (["https://", "--no-auth"], "names no host", "https://mlflow.example.com"),
        ([URI, "--tracking-token={{s}}"], "looks like a placeholder", "quote it for the shell"),
        ([URI, "--tracking-token={s.t}"], "looks like a placeholder", "quote it for the shell"),
        ([URI, "--tracking-token=x{{s.t}}"], "looks like a placeholder", "quote it for the shell"),
        ([URI, "--tracking-token={{s.t}}{{s.t}}"], "looks like a placeholder", "quote it for the shell"),
        ([URI, "--tracking-token="], "a credential is empty", "leave it out"),
        ([URI, "--no-auth", "--flavor", "wandb"], "no flavor 'wandb'", f"mlreg tracker register t {URI} --no-auth"),
        ([URI, "--no-auth", "--tracking-ca-cert", "/no/such.pem"], "there is no file /no/such.pem", ""),
        (["--tracking-uri="], "the URI is empty", "mlreg tracker register t"),
        ([URI, "--no-auth", "c4n4ry"], "an argument too many", "--help"),
        ([URI, "--no-atuh"], "No such option: --no-atuh", "did you mean '--no-auth'"),
        ([URI, "--tracking-paswsord=c4n4ry"], "No such option", "did you mean '--tracking-password'"),
    ],
)
def test_refused_trackers(cli: Cli, home: Path, args: list[str], says: str, hint: str) -> None:
    """Each rule has its text and the command that mends it; no value is shown, nothing is written, exit 2."""
    refused = cli("tracker", "register", "t", *args)
    assert (refused.code, refused.stdout) == (2, "")
    assert says in refused.stderr
    assert hint in refused.stderr
    assert "c4n4ry" not in refused.stderr
    assert not (home / "components.yaml").exists()


@pytest.mark.parametrize("name", ["", "-x-", "a b", "é", "a/b", "models", "a" * 65])
def test_refused_names(cli: Cli, name: str) -> None:
    """A name must read well in references, files and environment variables."""
    assert cli("tracker", "register", "--no-auth", "--", name, URI).code == 2


def test_literal_credentials_are_accepted_with_a_warning_and_masked(cli: Cli, home: Path) -> None:
    """They are stored as they are, named unprotected with the commands that do better, and never shown."""
    done = cli("tracker", "register", "t", URI, "--tracking-username=ada", "--tracking-password=c4n4ry")
    assert done.code == 0
    assert "stored unprotected" in done.stderr
    assert "mlreg secret register t -k username -k password" in done.stderr
    assert "c4n4ry" in (home / "components.yaml").read_text()
    for output in "table", "json", "yaml", "csv", "tsv":
        shown = cli("tracker", "show", "t", "-o", output)
        assert "***" in shown.stdout
        assert "c4n4ry" not in shown.stdout + shown.stderr + done.stdout + done.stderr


def test_a_password_in_a_database_uri_is_masked(cli: Cli) -> None:
    """A database has its password in its URI; outputs do not."""
    done = cli("tracker", "register", "db", "postgresql://ada:c4n4ry@db/mlflow")
    assert done.code == 0
    shown = done.stderr + cli("tracker", "list").stdout + cli("tracker", "show", "db", "-o", "json").stdout
    assert "c4n4ry" not in shown
    assert "postgresql://ada:***@db/mlflow" in shown


def test_unknown_components_are_suggested(cli: Cli) -> None:
    """A near miss of a name is exit 3 with the nearest one."""
    cli("tracker", "register", "production", URI, "--no-auth")
    for args in (["tracker", "show", "prodution"], ["stack", "use", "prodution"], ["model", "list", "-s", "prodution"]):
        missed = cli(*args)
        assert missed.code == 3
        assert "did you mean 'production'?" in missed.stderr


def test_a_tracker_in_use_is_not_deleted(cli: Cli) -> None:
    """Its users are named; a free one goes, and an active one leaves no stack active."""
    cli("tracker", "register", "t", URI, "--no-auth")
    cli("stack", "register", "prod", "-t", "t")
    refused = cli("tracker", "delete", "t")
    assert (refused.code, "by the stack prod" in refused.stderr) == (7, True)
    assert cli("stack", "delete", "prod").code == 0
    gone = cli("tracker", "delete", "t", "-o", "json")
    assert gone.json == {"name": "t", "deleted": True}
    assert "no stack is active now" in gone.stderr
    assert cli("tracker", "show", "t").code == 3


def test_using_stacks(cli: Cli) -> None:
    """`use` switches, `-` goes back, and the active one is not switched to again."""
    for name in "a", "b":
        cli("tracker", "register", name, URI, "--no-auth")
    assert cli("stack", "use", "-").code == 3
    assert cli("stack", "use", "b").stdout == "b\n"
    assert cli("stack", "set", "-").stdout == "a\n"
    assert "active already" in cli("stack", "use", "a").stderr
    rows = cli("stack", "list", "-o", "json").json
    assert [(row["name"], row["active"]) for row in rows] == [("a", True), ("b", False)]


def test_a_stack_needs_its_parts(cli: Cli) -> None:
    """An unknown tracker is not found; a local tracker takes no remote artifact store."""
    assert cli("stack", "register", "s", "-t", "nobody").code == 3
    cli("tracker", "register", "disk", "sqlite:////tmp/x.db")
    remote = cli("stack", "register", "s", "-t", "disk", "-a", "s3://bucket")
    assert (remote.code, "needs a local artifact store" in remote.stderr) == (2, True)
    assert cli("stack", "register", "s", "-t", "disk", "-a", "/srv/artifacts", "--tag", "team=risk").code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("trackers: [\n", "components.yaml:"),
        ("trackers:\n  a: 1\n", "trackers.a is not a mapping"),
        ("trackers:\n  a: {no_auth: true}\n", "has no tracking_uri"),
        ("protect:\n  '@champion': release\n", "protect is not known; did you mean 'protected'?"),
        ("Gates:\n  release: [age < 7d]\n", "Gates is not known; did you mean 'gates'?"),
        ("trackers:\n  a: {tracking_uri: x, no_auth: maybe}\n", "is neither true nor false"),
        ("trackers:\n  a: {tracking_uri: x}\n  a: {tracking_uri: y}\n", "components.yaml:3:3"),
        ("trackers:\n  a: {tracking_uri: x, tracking_token: '{{a}}'}\n", "looks like a placeholder"),
    ],
)
def test_a_broken_file_is_reported_and_left_alone(cli: Cli, home: Path, text: str, says: str) -> None:
    """The error names the place, exit 5; the file is not overwritten; what does not read it still works."""
    home.mkdir()
    file = home / "components.yaml"
    file.write_text(text)
    for args in (["stack", "list"], ["tracker", "register", "b", URI, "--no-auth"], ["model", "list"]):
        broken = cli(*args)
        assert (broken.code, broken.stdout) == (5, "")
        assert says in broken.stderr
    assert file.read_text() == text
    assert cli("--help").code == 0


def test_errors_as_json(cli: Cli) -> None:
    """With -o json a failure is one object on stderr, also when the command line itself is wrong."""
    import json

    for args, code in ((["tracker", "show", "x"], "component_not_found"), (["tracker", "shwo"], "usage")):
        failed = cli(*args, "-o", "json")
        assert failed.stdout == ""
        error = json.loads(failed.stderr)["error"]
        assert list(error) == ["code", "message", "cause", "hint", "exit"]
        assert (error["code"], error["exit"]) == (code, failed.code)


def test_nouns_and_verbs_are_suggested(cli: Cli) -> None:
    """A slip in a noun or verb is exit 2 with the nearest."""
    assert "did you mean 'tracker'?" in cli("trcker", "list").stderr
    assert "did you mean 'register'?" in cli("tracker", "regster").stderr
    assert cli("trcker").code == 2


def test_options_stand_anywhere(cli: Cli) -> None:
    """Global options before the noun or after the verb; with = or a space; the later one counts."""
    cli("tracker", "register", "t", URI, "--no-auth")
    for args in (
        ["-o", "name", "tracker", "list"],
        ["tracker", "list", "--output=name"],
        ["-ojson", "tracker", "list", "-oname"],
    ):
        assert cli(*args).stdout == "t\n"
    wrong = cli("tracker", "list", "-o", "jsno")
    assert (wrong.code, "did you mean 'json'?" in wrong.stderr) == (2, True)


def test_fields(cli: Cli) -> None:
    """--fields picks and orders; an unknown one lists those there are."""
    cli("tracker", "register", "t", URI, "--no-auth")
    assert cli("tracker", "list", "-o", "json", "--fields", "kind,name").json == [{"kind": "server", "name": "t"}]
    assert cli("tracker", "list", "--fields", "name").stdout == "NAME\nt\n"
    wrong = cli("tracker", "list", "--fields", "nmae")
    assert (wrong.code, "did you mean 'name'?" in wrong.stderr) == (2, True)


def test_no_server(cli: Cli, home: Path) -> None:
    """With nothing set up the error names the ways to set up, and a local store that lies about."""
    nothing = cli("model", "list")
    assert nothing.code == 3
    assert "mlreg tracker register" in nothing.stderr
    assert not (home / "components.yaml").exists()
    Path("mlflow.db").touch()
    assert "there is mlflow.db here" in cli("model", "list").stderr


def test_mlflows_own_settings(cli: Cli, registry: object, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With only MLFLOW_TRACKING_URI set commands work and write nothing; an active stack beats it, and says so."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://env.example.com")
    assert cli("model", "create", "m").code == 0
    assert cli("stack", "current", "-o", "json").json["origin"] == "MLFLOW_TRACKING_URI"
    assert not (home / "components.yaml").exists()
    cli("tracker", "register", "t", URI, "--no-auth")
    used = cli("model", "list")
    assert f"using stack t ({URI}), not MLFLOW_TRACKING_URI=https://env.example.com" in used.stderr


def test_the_environment_chooses_a_stack(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLREG_STACK beats the active stack, and a flag beats both."""
    for name in "a", "b", "c":
        cli("tracker", "register", name, URI, "--no-auth")
    monkeypatch.setenv("MLREG_STACK", "b")
    assert cli("stack", "current").stdout == "b\n"
    assert cli("stack", "current", "--stack", "c").stdout == "c\n"
    assert cli("stack", "current", "--tracker", "a").stdout == "a\n"
    assert cli("stack", "current", "--tracker", "a", "-s", "b").code == 2
