"""A project's mlreg.yaml over the user's file: who wins, what it may not say, and that nothing of it is written."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

URI = "https://mlflow.example.com"
PROJECT = """\
# what this repository uses
active_stack: shared
trackers:
  team: {tracking_uri: https://mlflow.example.com, tracking_token: "{{team.token}}"}
  data: {tracking_uri: ./data/store.db}
stacks:
  shared: {tracker: team, experiment: churn}
"""


@pytest.fixture
def project(cli: Cli) -> Path:
    """The working directory is deep in a repository with a project file."""
    root = Path.cwd()
    (root / ".git").mkdir()
    (root / "mlreg.yaml").write_text(PROJECT)
    (root / "src" / "deep").mkdir(parents=True)
    return root


@pytest.fixture
def deep(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """We are in a directory below."""
    monkeypatch.chdir(project / "src" / "deep")
    return project


def test_a_project_brings_its_components(cli: Cli, deep: Path, home: Path) -> None:
    """They are listed and used, its active stack counts and says where it comes from, and nothing is written."""
    assert cli("stack", "list", "-o", "name").stdout.split() == ["shared", "team", "data"]
    current = cli("stack", "current", "-o", "json").json
    assert (current["name"], current["origin"]) == ("shared", str(deep / "mlreg.yaml"))
    assert cli("tracker", "show", "data", "-o", "json").json["tracking_uri"] == f"sqlite:///{deep}/data/store.db"
    assert not (home / "components.yaml").exists()


def test_using_another_stack_says_that_the_project_decides(cli: Cli, deep: Path) -> None:
    """The user's choice is written, and what still counts here is named."""
    cli("tracker", "register", "mine", URI, "--no-auth")
    used = cli("stack", "use", "mine")
    assert (used.code, f"{deep / 'mlreg.yaml'} still decides here: it says shared" in used.stderr) == (0, True)
    assert cli("stack", "current", "--no-project").stdout == "mine\n"


def test_it_can_be_left_out(cli: Cli, deep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an option or a variable."""
    assert cli("stack", "list", "--no-project", "-o", "json").json == []
    monkeypatch.setenv("MLREG_NO_PROJECT", "1")
    assert cli("stack", "list", "-o", "json").json == []


def test_it_ends_at_the_repository(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the repository's root is not this project's."""
    inner = project / "src" / "vendored"
    (inner / ".git").mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert cli("stack", "list", "-o", "json").json == []


def test_both_files_together(cli: Cli, deep: Path, home: Path) -> None:
    """The user's trackers are there too; registering writes the user's file and not the project's."""
    assert cli("tracker", "register", "mine", URI, "--no-auth").code == 0
    assert cli("stack", "register", "own", "-t", "team").code == 0
    assert cli("tracker", "list", "-o", "name").stdout.split() == ["team", "data", "mine"]
    assert (deep / "mlreg.yaml").read_text() == PROJECT
    assert "team:" not in (home / "components.yaml").read_text().replace("tracker: team", "")


def test_the_same_name_must_be_the_same(cli: Cli, deep: Path) -> None:
    """Equal content is fine; other content is exit 7 and names both files."""
    assert cli("tracker", "register", "team", URI, "--tracking-token={{team.token}}", "--no-project").code == 0
    assert cli("stack", "list").code == 0
    assert cli("tracker", "register", "data", URI, "--no-auth", "--no-project").code == 0
    both = cli("stack", "list")
    assert (both.code, both.stdout) == (7, "")
    assert str(deep / "mlreg.yaml") in both.stderr
    assert "components.yaml" in both.stderr


@pytest.mark.parametrize("command", [["tracker", "delete", "data"], ["stack", "delete", "shared"]])
def test_the_projects_components_are_not_changed(cli: Cli, deep: Path, command: list[str]) -> None:
    """The error names the file to edit."""
    refused = cli(*command)
    assert (refused.code, f"edit {deep / 'mlreg.yaml'}" in refused.stderr) == (7, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("secrets: {s: {keys: [a]}}\n", "secrets is not for a project file"),
        (f"trackers: {{t: {{tracking_uri: {URI}, tracking_insecure_tls: true}}}}\n", "tracking_insecure_tls"),
        (f"trackers: {{t: {{tracking_uri: {URI}, allow_http: true}}}}\n", "allow_http"),
        (f"trackers: {{t: {{tracking_uri: {URI}, tracking_token: c4n4ry}}}}\n", "is a literal credential"),
    ],
)
def test_what_a_project_may_not_say(cli: Cli, project: Path, text: str, says: str) -> None:
    """Whatever decides where secrets go, or weakens how, is exit 4; a literal credential is not shown."""
    (project / "mlreg.yaml").write_text(text)
    refused = cli("stack", "list")
    assert (refused.code, refused.stdout) == (4, "")
    assert says in refused.stderr
    assert "c4n4ry" not in refused.stderr


def test_a_broken_project_file(cli: Cli, project: Path) -> None:
    """It is named with line and column."""
    (project / "mlreg.yaml").write_text("trackers: [\n")
    broken = cli("stack", "list")
    assert (broken.code, f"{project / 'mlreg.yaml'}:" in broken.stderr) == (5, True)


def test_status_shows_where_everything_comes_from(cli: Cli, registry: object, deep: Path) -> None:
    """Stack, tracker, settings and files, each with its origin."""
    shown = cli("status", "-o", "json", "--timeout", "5s").json
    assert (shown["stack"], shown["origin"]) == ("shared", str(deep / "mlreg.yaml"))
    assert shown["tracker"]["layer"] == "project"
    assert shown["files"]["project"] == str(deep / "mlreg.yaml")
    assert {(item["name"], item["value"], item["origin"]) for item in shown["settings"]} == {
        ("output", "json", "--output"),
        ("timeout", "5s", "--timeout"),
    }
    assert shown["server"] == "ok"
    lines = cli("status").stdout
    assert "timeout" in lines
    assert "default" in lines


def test_status_of_a_server_that_is_down(cli: Cli) -> None:
    """It is shown, and the exit code says so."""
    cli("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth")
    shown = cli("status", "-o", "json")
    assert (shown.code, shown.json["server"]) == (6, "failed")


def test_doctor_finds_and_mends(cli: Cli, registry: object) -> None:
    """Each finding has its state and remedy; a missing secret is a warning, no keyring matters to nobody yet."""
    cli("tracker", "register", "team", URI, "--tracking-token={{team.token}}", "--tracking-insecure-tls")
    report = cli("doctor", "-o", "json")
    assert report.code == 0
    found = {(item["check"], item["state"]) for item in report.json}
    assert ("components", "ok") in found
    assert ("tracker team", "warning") in found
    assert ("tracker team", "ok") in found
    assert any(item["remedy"] == "mlreg secret register team -k token" for item in report.json)
    assert list(report.json[0]) == ["check", "state", "detail", "remedy"]


def test_doctor_of_a_broken_store(cli: Cli, home: Path) -> None:
    """It reports and exits as the store's error would."""
    home.mkdir()
    (home / "components.yaml").write_text("trackers: [\n")
    report = cli("doctor", "-o", "json")
    assert (report.code, report.json[0]["state"]) == (5, "failed")


def test_help_topics(cli: Cli) -> None:
    """Each topic is told on stdout; an unknown one is exit 3 with the nearest."""
    for topic in ("references", "secrets", "files", "environment", "exit-codes", "output"):
        assert len(cli("help", topic).stdout) > 200
    assert "references" in cli("help").stdout
    unknown = cli("help", "refrences")
    assert (unknown.code, "did you mean 'references'?" in unknown.stderr) == (3, True)
