"""`model` at the command line, over a registry in memory: words, exit codes and formats."""

import csv
import io
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry

MODEL_FIELDS = ["name", "latest_version", "stages", "aliases", "description", "tags", "created_at", "updated_at"]
VERSION_FIELDS = [
    "name",
    "version",
    "stage",
    "aliases",
    "status",
    "status_message",
    "description",
    "source",
    "run_id",
    "model_id",
    "user",
    "tags",
    "created_at",
    "updated_at",
]


def test_the_main_job(lab: Cli) -> None:
    """Register, transition, alias, list: stdout is what scripts need, stderr tells people what happened."""
    made = lab("model", "register", "churn", "s3://bucket/churn")
    assert (made.code, made.stdout) == (0, "churn/4\n")
    moved = lab("model", "transition", "churn/4", "production")
    assert (moved.code, moved.stdout, moved.stderr) == (0, "churn/4\n", "churn/4 is now in Production\n")
    named = lab("model", "alias", "set", "churn/4", "@champion")
    assert (named.stdout, named.stderr) == ("churn@champion\n", "churn@champion is now 4\n")
    listed = lab("model", "list")
    assert [line.split() for line in listed.stdout.splitlines()] == [
        ["NAME", "LATEST_VERSION", "STAGES", "ALIASES", "UPDATED_AT"],
        ["churn", "4", "Production=4", "champion=4", "2023-11-14T22:13:20.000Z"],
    ]


def test_versions_show_aliases_and_stages(lab: Cli) -> None:
    """Each row has both, newest first."""
    lab("model", "alias", "set", "churn/2", "champion")
    lab("model", "alias", "set", "churn/2", "blue")
    lab("model", "transition", "churn/2", "Staging")
    rows = lab("model", "versions", "churn", "-o", "json").json
    assert [(row["version"], row["stage"], row["aliases"]) for row in rows] == [
        (3, "None", []),
        (2, "Staging", ["blue", "champion"]),
        (1, "None", []),
    ]


def test_field_names_are_frozen(lab: Cli) -> None:
    """Scripts rely on these names and their order; they are typed here again on purpose."""
    assert list(lab("model", "list", "-o", "json").json[0]) == MODEL_FIELDS
    assert list(lab("model", "show", "churn", "-o", "json").json) == MODEL_FIELDS
    assert list(lab("model", "create", "x", "-o", "json").json) == MODEL_FIELDS
    assert list(lab("model", "versions", "churn", "-o", "json").json[0]) == VERSION_FIELDS
    assert list(lab("model", "show", "churn/1", "-o", "json").json) == VERSION_FIELDS
    assert list(lab("model", "register", "churn", "s3://b", "-o", "json").json) == VERSION_FIELDS
    assert list(lab("model", "transition", "churn/1", "Staging", "-o", "json").json) == VERSION_FIELDS
    alias = ["name", "target", "previous", "version", "changed"]
    assert list(lab("model", "alias", "set", "churn/1", "a", "-o", "json").json) == alias
    assert list(lab("model", "alias", "list", "churn", "-o", "json").json[0]) == ["name", "alias", "version"]
    assert list(lab("model", "alias", "delete", "churn@a", "-o", "json").json) == alias


def test_formats(lab: Cli) -> None:
    """JSON, YAML, CSV, TSV and names say the same."""
    as_json: list[dict[str, Any]] = lab("model", "versions", "churn", "-o", "json").json
    assert yaml.safe_load(lab("model", "versions", "churn", "-o", "yaml").stdout) == as_json
    for output, dialect in (("csv", "excel"), ("tsv", "excel-tab")):
        text = lab("model", "versions", "churn", "-o", output).stdout
        rows = list(csv.DictReader(io.StringIO(text), dialect=dialect))
        assert [row["version"] for row in rows] == ["3", "2", "1"]
        assert list(rows[0]) == VERSION_FIELDS
    assert lab("model", "versions", "churn", "-o", "name").stdout == "churn/3\nchurn/2\nchurn/1\n"
    assert lab("model", "list", "-o", "name").stdout == "churn\n"


def test_empty_lists_are_done(cli: Cli, registry: FakeRegistry) -> None:
    """Nothing to show is exit 0: an empty array, or nothing on stdout and the next command on stderr."""
    cli("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth")
    assert cli("model", "list", "-o", "json").json == []
    empty = cli("model", "list")
    assert (empty.code, empty.stdout) == (0, "")
    assert "mlreg model create" in empty.stderr


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["show", "nobody"], 3, "there is no model 'nobody'"),
        (["show", "churn/9"], 3, "there is no version 9"),
        (["show", "churn@nobody"], 3, "no alias 'nobody'"),
        (["show", "churn/Staging"], 3, "no version of 'churn' is in Staging"),
        (["show", "churn/stagng"], 2, "did you mean 'Staging'?"),
        (["show", "churn:latest"], 2, "after ':' stands a version number"),
        (["show", "a/b/c"], 2, "not a model's name"),
        (["show", ""], 2, "names no model"),
        (["show", "churn@v7"], 2, "is reserved"),
        (["transition", "churn", "Staging"], 2, "names no version"),
        (["transition", "churn/1", "Prod"], 2, "did you mean 'Production'?"),
        (["transition", "churn/1", "Archived", "--archive-existing"], 2, "nothing is archived"),
        (["transition", "churn/9", "Staging"], 3, "there is no version 9"),
        (["alias", "set", "churn/1", "latest"], 2, "is reserved"),
        (["alias", "set", "churn/1", "a b"], 2, "is not an alias"),
        (["alias", "delete", "churn@nobody"], 3, "no alias 'nobody'"),
        (["alias", "delete", "churn/1"], 2, "names no alias"),
        (["create", "churn"], 7, "the model 'churn' exists"),
        (["create", "a/b"], 2, "not a model's name"),
        (["register", "churn", "runs:/0123/model"], 3, "there is no run '0123'"),
        (["register", "churn", "./model"], 3, "there is no directory model"),
        (["register", "churn", "churn"], 2, "models:/NAME/VERSION"),
        (["register", "churn", "s3://b", "--tag", "x"], 2, "--tag KEY=VALUE"),
        (["list", "--timeout", "soon"], 2, "no duration"),
        (["versions", "nobody"], 3, "there is no model 'nobody'"),
    ],
)
def test_mistakes(lab: Cli, args: list[str], code: int, says: str) -> None:
    """Each has its exit code and one clear error; stdout stays empty."""
    failed = lab("model", *args)
    assert (failed.code, failed.stdout) == (code, "")
    assert says in failed.stderr


def test_sharing_a_stage_is_warned_about_and_resolved(lab: Cli) -> None:
    """A second holder is warned about; a reference then takes the highest with a warning; a move refuses and lists."""
    lab("model", "transition", "churn/1", "Production")
    assert "churn/1 is in Production too" in lab("model", "transition", "churn/3", "Production").stderr
    shown = lab("model", "show", "churn/Production", "-o", "json")
    assert (shown.json["version"], "several holders: 3, 1; taking 3" in shown.stderr) == (3, True)
    refused = lab("model", "alias", "set", "churn/Production", "champion")
    assert (refused.code, "several holders: 3, 1" in refused.stderr) == (7, True)
    archived = lab("model", "transition", "churn/2", "Production", "--archive-existing")
    assert (archived.code, "warning" in archived.stderr) == (0, False)


def test_setting_an_alias_again_changes_nothing(lab: Cli) -> None:
    """It says so, for people and for scripts."""
    assert lab("model", "alias", "set", "churn/1", "a", "-o", "json").json["changed"]
    again = lab("model", "alias", "set", "churn/1", "a", "-o", "json")
    assert (again.code, again.json["changed"]) == (0, False)
    moved = lab("model", "alias", "set", "churn/2", "a", "-o", "json").json
    assert (moved["previous"], moved["version"]) == (1, 2)


def test_prompts_are_not_touched(lab: Cli, registry: FakeRegistry) -> None:
    """No verb takes a prompt for a model."""
    registry.prompt("greeting")
    for args in (
        ["show", "greeting"],
        ["versions", "greeting"],
        ["transition", "greeting/1", "Staging"],
        ["alias", "set", "greeting/1", "a"],
        ["alias", "list", "greeting"],
        ["register", "greeting", "s3://b"],
    ):
        refused = lab("model", *args)
        assert (refused.code, "is a prompt" in refused.stderr) == (3, True)
    assert "greeting" not in lab("model", "list").stdout


def test_another_stack_by_reference(lab: Cli) -> None:
    """STACK::REF names another stack; an unknown one is not found."""
    assert lab("model", "show", "lab::churn/1", "-o", "name").stdout == "churn/1\n"
    assert lab("model", "show", "labb::churn/1").code == 3


def test_control_characters_never_reach_the_output(lab: Cli) -> None:
    """What a terminal would obey is shown as an escape, and is escaped in JSON and YAML."""
    evil = "\x1b]52;c;aGk=\x07\x9b31m‮\x7f"
    assert lab("model", "create", "evil", "-d", evil, "--tag", f"k={evil}").code == 0
    for output in "table", "json", "yaml", "csv", "tsv":
        for args in (["show", "evil"], ["list"]):
            shown = lab("model", *args, "-o", output).stdout
            assert not {"\x1b", "\x07", "\x9b", "‮", "\x7f"} & set(shown), output
    assert lab("model", "show", "evil", "-o", "json").json["description"] == evil
