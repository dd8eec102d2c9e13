"""Verbs with many references: a line for each, nothing lost, each model looked at once."""

import io
import json
import os
import re
from typing import Any
from uuid import uuid4

import pytest

from mlreg.core.errors import Unreachable
from mlreg.core.references import ModelRef
from mlreg.runtime import Runtime
from tests.cli.conftest import Cli
from tests.cli.test_requests import sent as sent
from tests.cli_runner import Mlreg, Screen
from tests.fakes import FakeRegistry
from tests.servers import Server

Type = pytest.MonkeyPatch


def typed(monkeypatch: Type, *lines: str) -> None:
    """Give these lines as standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.mark.parametrize(
    ("args", "state"),
    [
        (["tag", "set", "churn/1", "churn/3", "a=1", "b=2"], lambda fake: dict(fake.get_version("churn", 3).tags)),
        (["transition", "churn/1", "churn/3", "Staging"], lambda fake: fake.get_version("churn", 3).stage),
        (["update", "churn", "churn/3", "-d", "x"], lambda fake: fake.get_version("churn", 3).description),
        (["delete", "churn/1", "churn/3", "--yes"], lambda fake: 3 in fake.stored["churn"]),
        (["alias", "set", "churn/1", "fraud/1", "a"], lambda fake: fake.get_model("fraud").aliases),
        (["alias", "delete", "churn@b", "fraud@b"], lambda fake: fake.get_model("fraud").aliases),
        (["tag", "delete", "churn/1", "churn/3", "k"], lambda fake: dict(fake.get_version("churn", 3).tags)),
    ],
)
def test_every_reference_is_done(lab: Cli, registry: FakeRegistry, args: list[str], state: Any) -> None:
    """One result for each, in order, and a summary; a dry run changes nothing."""
    lab("model", "register", "fraud", "s3://b")
    lab("model", "tag", "set", "churn/3", "k=v")
    lab("model", "alias", "set", "churn/2", "fraud/1", "b")
    before = state(registry)
    dry = lab("model", *args, "--dry-run", "-o", "json")
    assert (dry.code, state(registry)) == (0, before)
    done = lab("model", *args, "-o", "json")
    refs = [word for word in args if word.startswith(("churn", "fraud"))]
    assert [(row["ref"], row["state"]) for row in dry.json] == [(ref, "planned") for ref in refs]
    assert [(row["ref"], row["state"]) for row in done.json] == [(ref, "done") for ref in refs]
    assert list(done.json[0]) == ["ref", "state", "code", "detail"]
    assert "2 done" in done.stderr
    assert state(registry) != before


def test_what_failed_is_told_and_what_succeeded_stays(lab: Cli, registry: FakeRegistry, monkeypatch: Type) -> None:
    """The exit code is the failures' own; -o name prints them for the same command again."""
    typed(monkeypatch, "churn/1", "churn/9", "churn/2", "", "churn/1", "nobody/1")
    done = lab("model", "tag", "set", "-", "a=1")
    assert done.code == 3
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        ["churn/1", "done"],
        ["churn/9", "failed"],
        ["churn/2", "done"],
        ["nobody/1", "failed"],
    ]
    assert "2 done, 2 failed" in done.stderr
    assert registry.get_version("churn", 2).tags == {"a": "1"}
    typed(monkeypatch, "churn/1", "churn/9", "nobody/1")
    assert lab("model", "tag", "set", "-", "a=1", "-o", "name").stdout == "churn/9\nnobody/1\n"
    mixed = lab("model", "update", "churn/1", "churn@x", "churn/Production", "other::churn/1", "-d", "x")
    assert mixed.code == 3


def test_aliases_are_deleted_from_standard_input(lab: Cli, registry: FakeRegistry, monkeypatch: Type) -> None:
    """Each is told; lines of nothing but blanks are none."""
    lab("model", "alias", "set", "churn/1", "a")
    lab("model", "alias", "set", "churn/2", "b")
    typed(monkeypatch, "churn@a", "  \t", "churn@b", " ", "churn@c")
    done = lab("model", "alias", "delete", "-", "-o", "json")
    assert (done.code, [row["state"] for row in done.json]) == (3, ["done", "done", "failed"])
    assert registry.get_model("churn").aliases == {}


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["show", "a\udcff"], io.StringIO()),
        (["alias", "set", "churn/1", "a", "--comment", "\udcff"], io.StringIO()),
        (["tag", "set", "churn/1", "k=\udcff"], io.StringIO()),
        (["register", "churn", "./a\udcff"], io.StringIO()),
        (["tag", "set", "-", "a=1"], io.StringIO("churn/1\na\udcff\n")),
        (["tag", "set", "-", "a=1"], io.TextIOWrapper(io.BytesIO(b"churn/1\na\xff\n"), "utf-8")),
    ],
)
def test_what_is_no_text_is_refused(lab: Cli, registry: FakeRegistry, monkeypatch: Type, args: Any, text: Any) -> None:
    """Bytes that are no UTF-8: exit 2, and nothing is asked or changed."""
    monkeypatch.setattr("sys.stdin", text)
    before = dict(registry.stored["churn"])
    refused = lab("model", *args)
    assert (refused.code, "is not UTF-8 text" in refused.stderr) == (2, True), refused.stderr
    assert registry.stored["churn"] == before


def test_what_run_hands_on_is_not_judged(lab: Cli) -> None:
    """Another program's arguments may be any bytes."""
    assert "not UTF-8" not in lab("run", "--", "no-such-program", "a\udcff").stderr


def test_codes_that_differ_are_one(lab: Cli) -> None:
    """Not found and in use together: exit 1."""
    lab("model", "alias", "set", "churn/1", "champion")
    assert lab("model", "delete", "churn/1", "churn/9", "--yes").code == 1


def test_nothing_to_do(lab: Cli, monkeypatch: Type) -> None:
    """Empty input is done."""
    typed(monkeypatch)
    done = lab("model", "tag", "set", "-", "a=1", "-o", "json")
    assert (done.code, done.json) == (0, [])


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["transition", "churn/1", "churn/2", "Production", "--archive-existing"], "archive one another"),
        (["alias", "set", "churn/1", "churn/2", "champion"], "an alias names one version"),
        (["alias", "set", "churn", "champion", "2"], "mlreg model alias set churn/2 champion"),
        (["delete", "churn", "churn/1", "--yes"], "one at a time"),
        (["delete", "churn/1", "churn/2"], "--yes"),
        (["delete", "-"], "add --yes"),
        (["transition", "Staging"], "STAGE is missing"),
        (["transition", "churn/1", "churn/2"], "is not a stage"),
        (["transition", "churn/1", "a/b/c", "Staging"], "not a model's name"),
        (["tag", "set", "churn/1", "churn/2"], "KEY=VALUE is missing"),
        (["tag", "set", "a=b"], "REF is missing"),
        (["tag", "set", "churn/1", "churn/2", "a//b=1"], "is no key of a tag"),
    ],
)
def test_what_cannot_be_is_refused_before_anything(
    lab: Cli, registry: FakeRegistry, args: list[str], says: str
) -> None:
    """Exit 2, and nothing has changed."""
    before = dict(registry.stored["churn"])
    refused = lab("model", *args)
    assert (refused.code, says in refused.stderr) == (2, True), refused.stderr
    assert registry.stored["churn"] == before


def test_a_model_with_an_equals_sign(lab: Cli, registry: FakeRegistry) -> None:
    """It is written with models:/ in front."""
    lab("model", "create", "k=v")
    assert lab("model", "tag", "set", "models:/k=v", "churn", "a=1").code == 0
    assert registry.get_model("k=v").tags == {"a": "1"}


def test_a_server_that_is_gone_is_not_asked_for_each(lab: Cli, registry: FakeRegistry, monkeypatch: Type) -> None:
    """What was not tried is told as failed."""
    asked = []

    def gone(name: str) -> None:
        asked.append(name)
        raise Unreachable("nobody there")

    monkeypatch.setattr(registry, "get_model", gone)
    done = lab("model", "tag", "set", "churn/1", "churn/2", "churn/3", "a=1", "-o", "json")
    assert (done.code, len(asked)) == (6, 1)
    assert [row["detail"] for row in done.json] == ["nobody there", *["not tried: nobody there"] * 2]


def test_a_stack_that_is_not_there_is_a_failure_among_others(lab: Cli, registry: FakeRegistry) -> None:
    """Its references fail, and stay open for -o name; all others are done."""
    done = lab("model", "tag", "set", "churn/1", "nobody::churn/1", "churn/2", "a=1", "-o", "json")
    assert done.code == 3
    assert [row["state"] for row in done.json] == ["done", "failed", "done"]
    assert "nobody" in done.json[1]["detail"]


def test_a_stack_that_is_gone_stops_no_other(lab: Cli, registry: FakeRegistry, monkeypatch: Type) -> None:
    """Only what is in it is not tried."""
    lab("tracker", "register", "other", "https://other.example", "--no-auth")
    here = registry.get_model

    def gone(self: Runtime, ref: ModelRef) -> FakeRegistry:
        if ref.stack == "other":
            raise Unreachable("nobody there")
        return registry

    monkeypatch.setattr(Runtime, "registry", gone)
    done = lab("model", "tag", "set", "churn/1", "other::churn/1", "other::churn/2", "churn/2", "a=1", "-o", "json")
    assert [row["detail"] for row in done.json[1:3]] == ["nobody there", "not tried: nobody there"]
    assert [row["state"] for row in done.json] == ["done", "failed", "failed", "done"]
    assert here("churn").name == "churn"


@pytest.mark.parametrize("args", [["tag", "set", "churn/1", "churn/2", "a=1"], ["delete", "churn/1", "churn/2", "-y"]])
def test_fields_that_are_not_there_change_nothing(lab: Cli, registry: FakeRegistry, args: list[str]) -> None:
    """Exit 2 before anything is done."""
    before = dict(registry.stored["churn"])
    refused = lab("model", *args, "--fields", "ref,nope")
    assert (refused.code, "there is no field 'nope'" in refused.stderr) == (2, True)
    assert registry.stored["churn"] == before


def test_one_version_written_in_several_ways_is_one(lab: Cli, registry: FakeRegistry, monkeypatch: Type) -> None:
    """It is done once; a mark that Windows puts before a text is no part of the first."""
    typed(monkeypatch, "\ufeffchurn/1", "churn:1", "models:/churn/1", "churn/2")
    done = lab("model", "delete", "-", "--yes", "-o", "json")
    assert (done.code, [row["ref"] for row in done.json]) == (0, ["churn/1", "churn/2"])


def test_the_same_model_by_two_names_of_its_stack(lab: Cli) -> None:
    """One alias for two versions is refused, however the stack is named."""
    active = lab("stack", "get").stdout.strip()
    refused = lab("model", "alias", "set", "churn/1", f"{active}::churn/2", "champion")
    assert (refused.code, "an alias names one version" in refused.stderr) == (2, True)


def test_who_reads_no_further_is_told(lab: Cli, monkeypatch: Type) -> None:
    """As with `| head -1`: exit 141, and a summary on stderr of what was done and what may be open."""
    monkeypatch.setattr("sys.stdout", Closed())
    done = lab("model", "tag", "set", "churn/1", "churn/2", "a=1", "-o", "json")
    assert (done.code, done.stderr) == (141, "1 done, 1 failed\n")


class Closed(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        return os.open(os.devnull, os.O_WRONLY)


def test_an_interruption_loses_nothing(lab: Cli, registry: FakeRegistry, monkeypatch: Type) -> None:
    """What is open when Ctrl-C comes is told, and -o name prints it for the same command again."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(registry, "set_version_tag", interrupted)
    done = lab("model", "tag", "set", "churn", "churn/1", "churn/2", "a=1", "-o", "json")
    assert done.code == 130
    assert [(row["ref"], row["state"]) for row in done.json] == [
        ("churn", "done"),
        ("churn/1", "failed"),
        ("churn/2", "failed"),
    ]
    assert done.json[2]["detail"] == "interrupted: it may be done, or not"
    assert "1 done, 2 failed" in done.stderr
    assert lab("model", "tag", "set", "churn", "churn/1", "churn/2", "a=1", "-o", "name").stdout == "churn/1\nchurn/2\n"


def test_each_model_is_looked_at_once(cli: Cli, sent: list[str], plain_server: Server) -> None:
    """Tags of ten versions: one look, ten tags; a move is recorded with one request more."""
    name = f"bulk-{uuid4().hex[:8]}"
    cli("tracker", "register", "lab", plain_server.uri, "--no-auth")
    for _ in range(10):
        cli("model", "register", name, "s3://bucket/model")
    refs = [f"{name}/{number}" for number in range(1, 11)]
    for args, requests in (
        (["tag", "set", *refs, "a=1"], 11),
        (["transition", *refs, "Staging"], 21),
        (["update", *refs, "-d", "x"], 11),
        (["tag", "delete", *refs, "a"], 11),
        (["delete", *refs, "--yes"], 40),
    ):
        sent.clear()
        assert cli("model", *args).code == 0
        assert len(sent) == requests, args


def test_on_a_terminal(mlreg: Mlreg, plain_server: Server) -> None:
    """A bar is drawn, and taken away; results stand where it was, whole: what is long is folded, not cut."""
    name, unknown = f"seen-{uuid4().hex[:8]}", f"nobody-{'x' * 40}"
    mlreg("tracker", "register", "lab", plain_server.uri, "--no-auth")
    mlreg("model", "register", name, "s3://bucket/model")
    bulk = ("model", "tag", "set", f"{name}/1", f"{unknown}/1", "a=1")
    table = mlreg.pty(*bulk)
    assert (table.code, b"2/2" in table.output) == (3, True)
    titles, rule, done, *failed, said = left(table)
    assert (titles.split(), set(rule), said) == (["REF", "STATE", "DETAIL"], {"─"}, "1 done, 1 failed")
    assert done.split() == [f"{name}/1", "done", "set", "a=1", "on", f"{name}/1"]
    column = titles.index("DETAIL")
    assert "".join(line[column:] for line in failed).replace(" ", "") == f"thereisnomodel'{unknown}'"
    rows = json.loads("".join(left(mlreg.pty(*bulk, "-o", "json"))[:-1]))
    assert [row["state"] for row in rows] == ["done", "failed"]


def left(screen: Screen) -> list[str]:
    """The lines that stay on a screen: a bar that is taken away leaves none."""
    lines = (line.rpartition("\x1b[2K")[2] for line in screen.output.decode().split("\r\n"))
    shown = (re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in lines)
    return [line for line in shown if line.strip() and "━" not in line]
