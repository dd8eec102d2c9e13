"""A registry full of hostile names and texts survives every verb, and no terminal gets a control character from it."""

import re
import sys
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from mlreg.core.types import NewVersion
from tests.architecture.test_commands import VERBS
from tests.cli.conftest import Cli
from tests.cli_runner import Mlreg, Result
from tests.labs import RestLab, make_workspace
from tests.servers import Server

# All that MLflow takes for the name of a model: it refuses '/' and ':', and what would be another path.
NAMES: Final = [
    " two words ",
    "it's",
    """it's "both\"""",
    "100% %41 %2F #b?c&d",
    "a@b",
    "k=v",
    "--help",
    "été \U0001f600 {{s.k}} [red]",
    "a..b\\ $(id) `id` *",
    "Production",
    f"m-{'0' * 32}",
    "x" * 256,
    "\x1b]0;name\x07 \u202e \x9b31m",
    "new\nline\ttab",
]
# A clipboard overwritten, a link, colours, marks that turn, hide and break text, and what goes back and deletes.
EVIL: Final = "\x1b]52;c;aGk=\x07\x1b]8;;http://evil\x1b\\x\x9b31m\u202e\u2066\u200b\r\x08\x7f\u2028\u061c\ufeff"
CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# mlreg's own: where a terminal ends its lines, and what rich says to one.
OWN: Final = re.compile(rb"\r\n|\x1b\[[0-9;?]*[mhl]")

Call = tuple[str, list[str]]


def calls(name: str, run_id: str = "") -> list[Call]:
    """What is done with a model, from its creation to its end. A last `/` says that a name has no alias in it."""
    model, first = f"models:/{name}/", f"models:/{name}/1"
    other = f"renamed {name}"[:256]
    return [
        ("create", [model, "-d", EVIL, "--tag", f"k={EVIL}"]),
        ("register", [model, "./model", "-d", EVIL, "--tag", f"k={EVIL}"]),
        ("register", [model, f"s3://bucket/{EVIL}", "--run-id", run_id]),
        ("versions", [model]),
        ("versions", [model, "-o", "json"]),
        ("show", [model]),
        ("show", [first, "-o", "csv"]),
        ("wait", [first]),
        ("open", [model]),
        ("open", [first]),
        ("alias set", [first, "champion"]),
        ("alias list", [model]),
        ("show", [f"models:/{name}@champion", "-o", "yaml"]),
        ("promote", [f"models:/{name}/2", "@champion", "--comment", EVIL]),
        ("history", [model]),
        ("compare", [first, f"models:/{name}/2"]),
        ("plot", [model, "--metric", "auc"]),
        ("rollback", [f"models:/{name}@champion", "--to", "1", "--comment", EVIL]),
        ("alias delete", [f"models:/{name}@champion"]),
        ("transition", [first, "Production"]),
        ("resolve", [f"models:/{name}/Production"]),
        ("tag set", [model, f"team={EVIL}"]),
        ("tag set", [first, f"team={EVIL}"]),
        ("tag delete", [model, "team"]),
        ("tag delete", [first, "team"]),
        ("update", [model, "-d", f"new {EVIL}"]),
        ("update", [first, "-d", f"new {EVIL}"]),
        ("download", [first, "./there"]),
        ("verify", [first, "./there"]),
        ("list", ["--metrics", "auc", "--params", "p"]),
        ("list", ["-o", "csv"]),
        ("holders", []),
        ("prune", [model, "--keep", "2", "--yes"]),
        ("rename", [model, other]),
        ("rename", [f"models:/{other}/", "--", name]),
        ("delete", [f"models:/{name}/2", "--yes"]),
        ("delete", [model, f"--confirm={name}"]),
    ]


def mistakes(name: str) -> list[Call]:
    """What is refused: the texts come back from the server and from mlreg."""
    model, first = f"models:/{name}/", f"models:/{name}/1"
    return [
        ("create", [model]),
        ("show", [f"models:/{name}/99"]),
        ("show", [f"models:/{name}@nobody"]),
        ("show", [f"models:/no {name}/"]),
        ("tag set", [first, f"{EVIL}=x"]),
        ("alias set", [first, EVIL]),
        ("register", [model, f"runs:/{EVIL}/model"]),
        ("register", [model, EVIL]),
        ("list", ["--filter", f"name = {EVIL}"]),
    ]


@pytest.fixture
def registry(workspaces_server: Server) -> RestLab:
    """A registry for this test alone: a workspace, so that no other meets these models."""
    return RestLab(workspaces_server, make_workspace(workspaces_server, f"hostile-{uuid4().hex[:8]}"))


@pytest.fixture
def tracker(registry: RestLab) -> list[str]:
    """The command that makes a tracker which leads there."""
    workspace = str(registry.workspace)
    return ["tracker", "register", "t", registry.server.uri, "--no-auth", "--workspace", workspace]


@pytest.fixture
def terminal(cli: Cli, tracker: list[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A command line that takes stdout and stderr for terminals, but for colours of its own, and opens no browser."""
    assert cli(*tracker).code == 0
    Path("model").mkdir()
    Path("model", "MLmodel").write_text("flavors: {}\n")
    Path("model", "é \u202e x").write_text("x")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CI", "true")

    def call(*args: str) -> Result:
        for stream in sys.stdout, sys.stderr:
            monkeypatch.setattr(stream, "isatty", lambda: True)
        return cli(*args)

    return call


def run(cli: Cli, verb: str, args: list[str]) -> Result:
    """Call a verb; whatever comes of it, the terminal gets no control character."""
    done = cli("model", *verb.split(), *args)
    assert not CONTROL.search(done.stdout), (verb, args, done.stdout)
    assert not CONTROL.search(done.stderr), (verb, args, done.stderr)
    return done


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_every_verb(terminal: Cli, registry: RestLab, name: str) -> None:
    """Each does its work, on every name."""
    run_id = registry.run(name=EVIL, metrics={"auc": 0.9}, params={"p": EVIL}, tags={"t": EVIL})
    for verb, args in calls(name, run_id):
        done = run(terminal, verb, args)
        assert done.code == 0, (verb, args, done.stderr)


@pytest.mark.parametrize("name", [NAMES[0], NAMES[-2]], ids=ascii)
def test_every_refusal(terminal: Cli, name: str) -> None:
    """What is told of a mistake shows the texts, and obeys them as little."""
    for verb, args in calls(name)[:2]:
        assert run(terminal, verb, args).code == 0
    for verb, args in mistakes(name):
        for form in [], ["-o", "json"]:
            done = run(terminal, verb, [*args, *form])
            assert (done.code in (2, 3, 7), done.stdout) == (True, ""), (verb, args, done.stderr)
    assert run(terminal, *calls(name)[-1]).code == 0


def test_a_real_terminal(mlreg: Mlreg, registry: RestLab, tracker: list[str]) -> None:
    """Tables, a model and an error, with all names at once, on a terminal that would obey."""
    for name in NAMES:
        registry.registry.create_model(name, description=EVIL, tags={"k": EVIL})
        version = registry.registry.create_version(NewVersion(name=name, source=f"s3://bucket/{EVIL}"))
        registry.registry.set_alias(name, "champion", version.number)
    assert mlreg(*tracker).code == 0
    hostile = f"models:/{NAMES[-2]}/"
    for args in (
        ("list",),
        ("versions",),
        ("holders",),
        ("show", hostile),
        ("show", f"{hostile}1"),
        ("show", f"{hostile}9"),
    ):
        screen = mlreg.pty("model", *args)
        assert not CONTROL.search(OWN.sub(b"\n", screen.output).decode()), (args, screen.output)
        assert b"]0;name" in screen.output, args


def test_every_verb_is_called() -> None:
    """A verb that is added must survive too."""
    assert {verb for verb, _ in calls("x")} == {
        path.removeprefix("model ") for path, _ in VERBS if path.startswith("model ")
    }
