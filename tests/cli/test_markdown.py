"""`-o markdown`: tables for pull requests, in which nothing that a server says is markup, a line, or a call."""

import re

import pytest

from mlreg.cli.markdown import escaped, table
from tests.cli.conftest import Cli

HOSTILE = "|`a`\n::add-mask::b <img src=x onerror=1> **c** [d](e) \\| ~~f~~ $g$ &amp; @team \x1b[31m"


def test_a_listing(lab: Cli) -> None:
    """The columns of a table, complete as in a pipe."""
    lab("model", "alias", "set", "churn/2", "champion")
    assert lab("model", "list", "-o", "markdown").stdout == (
        "| name | latest\\_version | stages | aliases | updated\\_at |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| churn | 3 |  | champion=2 | 2023-11-14T22:13:20.000Z |\n"
    )
    chosen = lab("model", "versions", "churn", "-o", "markdown", "--fields", "version,stage").stdout
    assert chosen == "| version | stage |\n| --- | --- |\n| 3 | None |\n| 2 | None |\n| 1 | None |\n"


def test_one_thing(lab: Cli) -> None:
    """Its fields go down, whatever shows it."""
    head = ["| field | value |", "| --- | --- |"]
    shown = lab("model", "show", "churn", "-o", "markdown").stdout.splitlines()
    assert shown[:4] == [*head, "| name | churn |", "| latest\\_version | 3 |"]
    uri = "| uri | models:/churn/1 |"
    assert lab("model", "resolve", "churn/1", "-o", "markdown").stdout.splitlines() == [
        *head,
        "| name | churn |",
        "| version | 1 |",
        uri,
    ]
    assert lab("model", "transition", "churn/1", "Staging", "-o", "markdown").stdout.startswith("| field | value |\n")


def test_nothing(lab: Cli) -> None:
    """An empty list leaves stdout empty."""
    empty = lab("model", "versions", "--alias", "nobody", "-o", "markdown")
    assert (empty.code, empty.stdout) == (0, "")


def test_hostile_text_is_shown_as_it_is(lab: Cli) -> None:
    """One row stays one line of as many cells, and every mark of Markdown and HTML is escaped."""
    assert lab("model", "create", "evil", "-d", HOSTILE, "--tag", f"k={HOSTILE}").code == 0
    for args in (["show", "evil"], ["list", "--filter", "name = 'evil'"]):
        for line in lab("model", *args, "-o", "markdown").stdout.splitlines():
            assert line.startswith("| ")
            assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) in (3, 6)
    assert escaped(HOSTILE) == (
        "\\|\\`a\\`\\\\n::add-mask::b \\<img src=x onerror=1\\> \\*\\*c\\*\\* \\[d\\](e) \\\\\\| \\~\\~f\\~\\~ "
        "\\$g\\$ \\&amp; @<!-- -->team \\\\x1b\\[31m"
    )


@pytest.mark.parametrize(("text", "shown"), [("@champion", "@<!-- -->champion"), ("churn@champion", "churn@champion")])
def test_nobody_is_called(text: str, shown: str) -> None:
    """An alias is no person of that name; a reference stays as it is typed."""
    assert escaped(text) == shown


def test_titles_are_escaped_too() -> None:
    """A column may have the name of an alias or a metric."""
    assert list(table(["a|b"], [["c"]])) == ["| a\\|b |", "| --- |", "| c |"]
