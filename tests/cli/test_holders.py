"""`model holders`: models down, stages and aliases across."""

import sys

import pytest

from mlreg.cli import text
from mlreg.runtime import Runtime
from tests.cli.conftest import Cli
from tests.fakes import NOW_MS, FakeRegistry

DAY_MS = 86_400_000
MADE = "2023-11-14T22:13:20.000Z"


@pytest.fixture
def held(lab: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`churn` with two versions in Production, one archived and two aliases; `fraud` with nothing; three days later."""
    registry.transition("churn", 1, "Production")
    registry.transition("churn", 3, "Production")
    registry.transition("churn", 2, "Archived")
    registry.set_alias("churn", "champion", 3)
    registry.set_alias("churn", "Blue", 1)
    registry.create_model("fraud")
    monkeypatch.setattr(text, "now_ms", lambda: NOW_MS + 3 * DAY_MS)
    return lab


def table(cli: Cli, *args: str) -> list[list[str]]:
    """The cells of a table."""
    return [line.split("\t") for line in cli("model", "holders", *args, "-o", "tsv").stdout.splitlines()]


def test_the_matrix(held: Cli) -> None:
    """Stages and aliases are spelled as they are; a blank is an answer too."""
    assert held("model", "holders").stdout.splitlines() == [
        "NAME   Production  @Blue  @champion",
        "churn  3, 1        1      3",
        "fraud",
    ]


def test_its_json_is_frozen(held: Cli) -> None:
    """Scripts rely on these names; they are typed here on purpose."""
    first, second = (
        {"version": 3, "created_at": MADE},
        {"version": 1, "created_at": MADE},
    )
    assert held("model", "holders", "-o", "json").json == [
        {
            "stack": "lab",
            "name": "churn",
            "holders": {"Production": [first, second], "@Blue": [second], "@champion": [first]},
        },
        {"stack": "lab", "name": "fraud", "holders": {}},
    ]
    assert table(held)[0] == ["stack", "name", "Production", "@Blue", "@champion"]
    assert held("model", "holders", "-o", "name").stdout == "churn\nfraud\n"


def test_chosen_places(held: Cli) -> None:
    """Columns are what was asked for, also what nobody holds and what is not shown otherwise."""
    asked = ["--alias", "@champion", "--alias", "nobody", "--stage", "archived"]
    assert table(held, *asked) == [
        ["stack", "name", "Archived", "@champion", "@nobody"],
        ["lab", "churn", "2", "3", ""],
        ["lab", "fraud", "", "", ""],
    ]
    assert held("model", "holders", "--stage", "Staging", "-o", "json").json[0]["holders"] == {}


def test_several_stacks(held: Cli, monkeypatch: pytest.MonkeyPatch, registry: FakeRegistry) -> None:
    """Each row says whose it is; a stack named twice is looked at once."""
    other = FakeRegistry()
    other.create_model("churn-eu")
    assert held("tracker", "register", "eu", "http://127.0.0.1:8", "--no-auth").code == 0
    monkeypatch.setattr(Runtime, "_connection", lambda self, tracker: other if tracker.name == "eu" else registry)
    shown = held("model", "holders", "lab", "eu", "lab").stdout.splitlines()
    assert [line.split()[:2] for line in shown] == [
        ["STACK", "NAME"],
        ["lab", "churn"],
        ["lab", "fraud"],
        ["eu", "churn-eu"],
    ]
    assert held("model", "holders", "lab", "eu", "-o", "name").stdout == "lab::churn\nlab::fraud\neu::churn-eu\n"
    assert [row["stack"] for row in held("model", "holders", "eu", "-o", "json").json] == ["eu"]
    assert held("model", "holders", "nobody").code == 3


def test_an_alias_of_nothing(held: Cli, registry: FakeRegistry) -> None:
    """MLflow 2 keeps an alias whose version was deleted: it has no time."""
    del registry.stored["churn"][3]
    champion = held("model", "holders", "--alias", "champion", "-o", "json").json[0]["holders"]["@champion"]
    assert champion == [{"version": 3, "created_at": None}]


def test_control_characters_in_an_alias(held: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow takes none, but a server may send one: as a column's title it is shown as an escape."""
    registry.set_alias("churn", "\x1b]52;c;aGk=\x07\x9b31m\u202e\x7f", 1)
    for terminal in False, True:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)  # noqa: B023 - called in this round
        for output in "table", "json", "yaml", "csv", "tsv":
            shown = held("model", "holders", "-o", output).stdout
            assert "]52;c;" in shown
            assert not {"\x07", "\x9b", "\u202e", "\x7f"} & set(shown.replace("\x1b[1m", "").replace("\x1b[0m", ""))
            assert "\x1b]" not in shown


def test_an_empty_registry(cli: Cli, registry: FakeRegistry) -> None:
    """It is exit 0."""
    cli("tracker", "register", "lab", "http://127.0.0.1:9", "--no-auth")
    assert cli("model", "holders", "-o", "json").json == []
    assert "mlreg model create" in cli("model", "holders").stderr


@pytest.mark.parametrize("args", [["--stage", "prod"], ["--alias", "a b"]])
def test_mistakes(held: Cli, args: list[str]) -> None:
    """What can be no stage or alias is exit 2."""
    refused = held("model", "holders", *args)
    assert (refused.code, refused.stdout) == (2, "")
