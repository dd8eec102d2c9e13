"""Commands that mlreg proposes can be pasted into a shell, whatever a server calls its models."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

NAMES = ["a;touch PWNED", "two words", "$(touch PWNED)", "it's", "{a,b}", "plain"]


def mistakes(name: str) -> list[list[str]]:
    """What is answered with a command, which has the name in it."""
    model, first = f"models:/{name}/", f"models:/{name}/1"
    return [
        ["create", model],
        ["show", f"{first}00"],
        ["show", f"models:/{name}@nobody"],
        ["show", f"models:/{name}/Staging"],
        ["alias", "delete", model],
        ["alias", "delete", f"models:/{name}@nobody"],
        ["alias", "delete", f"models:/{name}@champion"],
        ["alias", "set", first, "champion"],
        ["promote", f"models:/{name}/2", "challenger"],
        ["promote", f"models:/{name}/2", "champion"],
        ["promote", f"models:/{name}/3", "champion", "--expect", "3"],
        ["delete", f"models:/{name}/2", "--yes"],
        ["delete", model, "--confirm", "else"],
        ["rollback", f"models:/{name}@nobody"],
        ["rollback", f"models:/{name}@champion", "--to", "9"],
        ["rollback", f"models:/{name}@champion", "--to", "3"],
        ["transition", first, "Production"],
        ["transition", f"models:/{name}/2", "Production"],
        ["prune", model],
        ["plot", first, "--metric", "auc"],
        ["register", model, f"other::{name}/1"],
        ["update", model],
        ["rename", model, f"other {name}"],
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_proposed_is_quoted(lab: Cli, name: str) -> None:
    """The name is within one word of every command that mentions it."""
    for _ in range(3):
        assert lab("model", "register", f"models:/{name}/", "s3://bucket/model").code == 0
    lab("model", "create", f"models:/other {name}/")
    said = [lab("model", *args).stderr for args in mistakes(name)]
    proposed = [command for text in said for command in re.findall(r"mlreg model (?:(?!mlreg model )[^\n])*", text)]
    mentioned = [shlex.split(command) for command in proposed if name.split()[0] in command or "it'" in command]
    assert len(mentioned) > 12
    for words in mentioned:
        assert any(name in word for word in words), words
        assert not {"touch", ";touch", "PWNED", "words"} & {*words}, words


def test_a_protected_pointer_can_go_to_another_version(lab: Cli, home: Path) -> None:
    """What would leave it with nobody is refused, and the way that there is, is named."""
    lab("model", "alias", "set", "churn/1", "champion")
    file = home / "components.yaml"
    file.write_text(file.read_text() + "gates: {g: ['age < 3d']}\nprotected: {'@champion': g}\n")
    for args in (["alias", "delete", "churn@champion"], ["delete", "churn/1", "--force", "--yes"]):
        refused = lab("model", *args)
        assert refused.code == 8
        assert "it can only go to another version: mlreg model promote churn/OTHER @champion" in refused.stderr
