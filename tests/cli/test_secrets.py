"""`secret` at the command line: ways in, changes, refusals. In the keyring's place is a vault in memory."""

import io
import json
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, Final

import pytest

from mlreg.cli.session import Session
from mlreg.runtime import VAULTS
from tests import fakes_vault
from tests.cli.conftest import Cli
from tests.cli_runner import Result
from tests.scripted import Asked, Reply, scripted

CANARY: Final = "c4n4ry-51c0"


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Any]:
    """What is in the vault, by scope and secret."""
    monkeypatch.setitem(VAULTS, "keyring", "tests.fakes_vault:connect")
    items: dict[tuple[str, str], Any] = {}
    monkeypatch.setattr(fakes_vault, "SHARED", items)
    return items


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the next command this on standard input."""

    def give(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))

    give("")
    return give


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, stdin: Any) -> Any:
    """Somebody at the terminal, who types these answers to hidden questions and these lines to others."""
    asked: list[str] = []

    def sit(*hidden: str, lines: str = "") -> list[str]:
        answers = iter(hidden)
        stdin(lines)
        monkeypatch.setattr(Session, "may_ask", True)

        def answer(label: str, stream: Any) -> str:
            asked.append(label)
            return next(answers)

        monkeypatch.setattr("getpass.getpass", answer)
        return asked

    return sit


def values(held: dict[tuple[str, str], Any], name: str) -> dict[str, str]:
    """The values that the vault has of a secret."""
    return {key: value.reveal() for (_, secret), item in held.items() if secret == name for key, value in item.items()}


def tracker(cli: Cli, name: str = "prod", uri: str = "https://mlflow.example.com", *more: str) -> Result:
    """Register a tracker whose token is a placeholder."""
    done = cli("tracker", "register", name, uri, "--tracking-token={{team.token}}", *more)
    assert done.code == 0, done.stderr
    return done


def done(result: Result) -> Result:
    """The result of a command that must succeed."""
    assert result.code == 0, result.stderr
    return result


def test_every_way_in_at_once(cli: Cli, stdin: Any, held: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments, variables, files and standard input add up; the file learns the names of the keys only."""
    monkeypatch.setenv("THEIR_TOKEN", f"{CANARY}-env")
    (home.parent / "secret").write_text(f"{CANARY}-file\n")
    (home.parent / "secret").chmod(0o600)
    stdin(f"a={CANARY}-1\nb='{CANARY} 2'\n")
    args = [
        "--typed=" + CANARY,
        "--from-env",
        "token=THEIR_TOKEN",
        "--from-file",
        f"key={home.parent}/secret",
        "-f",
        "-",
    ]
    stored = done(cli("secret", "register", "team", *args))
    assert values(held, "team") == {
        "typed": CANARY,
        "token": f"{CANARY}-env",
        "key": f"{CANARY}-file",
        "a": f"{CANARY}-1",
        "b": f"{CANARY} 2",
    }
    assert "others can read" not in stored.stderr
    assert "visible to others" in stored.stderr
    assert CANARY not in stored.stdout + stored.stderr + (home / "components.yaml").read_text()
    assert cli("secret", "show", "team", "-o", "json").json == {
        "name": "team",
        "backend": "keyring",
        "keys": ["typed", "token", "key", "a", "b"],
        "hosts": [],
        "command": [],
        "used_by": [],
    }


@pytest.mark.parametrize(
    "text", ["token=c4\n", "token: c4\n", '{"token": "c4"}', "# a comment\ntoken: 'c4'\n", "export token=c4"]
)
def test_texts(cli: Cli, stdin: Any, held: Any, text: str) -> None:
    """Dotenv, YAML and JSON are told apart by themselves."""
    stdin(text)
    done(cli("secret", "register", "team", "-f", "-"))
    assert values(held, "team") == {"token": "c4"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"a=1\n{CANARY} x\n", "line 2"),
        (f"a=1\nb='{CANARY}\n", "line 2"),
        ('{"a": [1]}', "'a' is not a text"),
        ("a:\n", "empty"),
    ],
)
def test_texts_that_are_broken(cli: Cli, stdin: Any, held: Any, text: str, says: str) -> None:
    """A line that cannot be read is an error, not a value less; it is not shown."""
    stdin(text)
    refused = cli("secret", "register", "team", "-f", "-")
    assert (refused.code, says in refused.stderr, held) == (2, True, {}), refused.stderr
    assert CANARY not in refused.stderr


def test_numbers_stay_as_they_are_written(cli: Cli, stdin: Any, held: Any) -> None:
    """A value is a text, also where JSON or YAML would make a number of it."""
    stdin('\ufeff{"a": 1.10, "b": 007}'.replace("007", "7"))
    done(cli("secret", "register", "one", "-f", "-"))
    stdin("a: 1.10\nb: 007\nc: no\n")
    done(cli("secret", "register", "two", "-f", "-"))
    assert (values(held, "one"), values(held, "two")) == ({"a": "1.10", "b": "7"}, {"a": "1.10", "b": "007", "c": "no"})


@pytest.mark.parametrize("args", [["--token=-"], ["--from-file", "token=-"]])
def test_one_value_from_standard_input(cli: Cli, stdin: Any, held: Any, args: list[str]) -> None:
    """The whole text without one final line break; nothing was typed where others could see it."""
    stdin("c4\nn4\n")
    stored = done(cli("secret", "register", "team", *args))
    assert values(held, "team") == {"token": "c4\nn4"}
    assert "visible" not in stored.stderr


def test_a_file_that_others_can_read(cli: Cli, home: Path, held: Any) -> None:
    """It is used, with a warning that names the remedy."""
    file = home.parent / "secret"
    file.write_text("c4")
    file.chmod(0o644)
    assert f"chmod 600 {file}" in done(cli("secret", "register", "team", "--from-file", f"token={file}")).stderr


def test_a_hidden_prompt(cli: Cli, person: Any, held: Any) -> None:
    """Each key that is named is asked for."""
    asked = person("ada", "hunter2")
    done(cli("secret", "register", "team", "-k", "username", "-k", "password"))
    assert asked == ["team.username: ", "team.password: "]
    assert values(held, "team") == {"username": "ada", "password": "hunter2"}


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["register", "team", "--from-env", "token"], "--from-env takes KEY=VARIABLE"),
        (["register", "team", "--from-env", f"token={CANARY}"], "the environment has no variable for 'token'"),
        (["register", "team", "--from-file", f"token={CANARY}"], "cannot read the file for 'token'"),
        (["register", "team", "--a=-", "-f", "-"], "only one value can come from standard input"),
        (["register", "team", "--from-evn=x"], "did you mean '--from-env'"),
        (["register", "team", "--backend", "plaintext", "-k", "token"], "there is no secret backend 'plaintext'"),
        (["register", "team", "--backend", "env", f"--token={CANARY}"], "it only reads there"),
        (["register", "team", "--backend", "env"], "has no keys yet"),
        (["register", "team", "--backend", "command", "-k", "token"], "a command belongs to the backend 'command'"),
        (["register", "team", "--backend", "keyring", "-k", "token", "--", "pass"], "a command belongs to"),
        (["register", "team", "--host", "a b", "-k", "token"], "names no host"),
        (["register", "team", f"--a-b={CANARY}", f"--a_b={CANARY}"], "MLREG_SECRET_TEAM__A_B"),
        (["get", "team", "token"], "would print the value"),
    ],
)
def test_refused(cli: Cli, home: Path, stdin: Any, args: list[str], says: str) -> None:
    """Exit 2 with the reason, nothing is written, and no value is in the error."""
    refused = cli("secret", *args)
    assert (refused.code, refused.stdout) == (2, "")
    assert says in refused.stderr
    assert CANARY not in refused.stderr
    assert not (home / "components.yaml").exists()


@pytest.mark.parametrize(
    ("first", "second"),
    [("my-team", "my_team"), ("team", "TEAM"), ("team", "file_team"), ("team__token", "hosts_team")],
)
def test_names_that_the_environment_cannot_tell_apart(cli: Cli, first: str, second: str) -> None:
    """Such a name is refused when it is registered."""
    done(cli("secret", "register", first, "--token=c4"))
    refused = cli("secret", "register", second, "--token=c4")
    assert (refused.code, "would share the environment variable MLREG_SECRET_" in refused.stderr) == (2, True)


def test_registering_again(cli: Cli, held: Any) -> None:
    """The same is unchanged; another value or host is a conflict that names `secret update`."""
    done(cli("secret", "register", "team", "--token=c4", "--host", "h"))
    assert "unchanged" in done(cli("secret", "register", "team", "--token=c4")).stderr
    for other in (["--token=c5"], ["--token=c4", "--host", "i"], ["--token=c4", "--more=c4"]):
        conflict = cli("secret", "register", "team", *other)
        assert (conflict.code, "mlreg secret update team" in conflict.stderr) == (7, True)
    assert values(held, "team") == {"token": "c4"}


def test_update(cli: Cli, held: Any) -> None:
    """Keys and hosts are added, changed and taken away; the rest stays."""
    done(cli("secret", "register", "team", "--a=1", "--b=2"))
    done(cli("secret", "update", "team", "--b=3", "--c=4", "--unset", "a", "--host", "https://H.example/x"))
    assert values(held, "team") == {"b": "3", "c": "4"}
    shown = cli("secret", "show", "team", "-o", "json").json
    assert (shown["keys"], shown["hosts"]) == (["b", "c"], ["h.example"])
    done(cli("secret", "update", "team", "--unset-host", "h.example"))
    assert cli("secret", "show", "team", "-o", "json").json["hosts"] == []
    assert "unchanged" in done(cli("secret", "update", "team", "--b=3")).stderr


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ([], 2, "nothing is to be changed"),
        (["--unset", "x"], 3, "has no key 'x'"),
        (["--unset-host", "x"], 3, "has no host 'x'"),
        (["--a=2", "--unset", "a"], 2, "both set and unset"),
        (["--unset", "a"], 2, "would have no key left"),
        (["--", "pass"], 2, "a command belongs to"),
    ],
)
def test_updates_refused(cli: Cli, held: Any, args: list[str], code: int, says: str) -> None:
    """A contradiction, or what is not there."""
    done(cli("secret", "register", "team", "--a=1"))
    refused = cli("secret", "update", "team", *args)
    assert (refused.code, says in refused.stderr) == (code, True), refused.stderr
    assert values(held, "team") == {"a": "1"}


def test_unsetting_what_a_tracker_names(cli: Cli) -> None:
    """It is done, and said."""
    tracker(cli)
    done(cli("secret", "register", "team", "--token=1", "--b=2"))
    assert "still named by the tracker prod" in done(cli("secret", "update", "team", "--unset", "token")).stderr


def test_get_reveals(cli: Cli) -> None:
    """Byte for byte where a program reads, and as a record with -o json."""
    done(cli("secret", "register", "team", "--token= c4\tn4 "))
    assert done(cli("secret", "get", "team", "token", "--reveal")).stdout == " c4\tn4 \n"
    record = cli("secret", "get", "team", "token", "--reveal", "-o", "json").json
    assert record == {"name": "team", "key": "token", "value": " c4\tn4 "}
    missing = cli("secret", "get", "team", "tokn", "--reveal")
    assert (missing.code, "mlreg secret update team -k tokn" in missing.stderr) == (4, True)


def test_rename(cli: Cli, held: Any, home: Path) -> None:
    """The values move, the placeholders in trackers follow, comments stay, nothing is left behind."""
    tracker(cli)
    done(cli("secret", "register", "team", "--token=c4", "--host", "h"))
    file = home / "components.yaml"
    file.write_text("# ours\n" + file.read_text())
    done(cli("secret", "rename", "team", "team-eu"))
    assert (values(held, "team"), values(held, "team-eu")) == ({}, {"token": "c4"})
    assert cli("tracker", "show", "prod", "-o", "json").json["tracking_token"] == "{{team-eu.token}}"
    assert cli("secret", "show", "team-eu", "-o", "json").json["hosts"] == ["h"]
    assert cli("secret", "show", "team").code == 3
    assert file.read_text().startswith("# ours\n")


def test_a_rename_that_breaks(cli: Cli, held: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file cannot be written, the old secret is whole: at worst a copy is left."""
    done(cli("secret", "register", "team", "--token=c4"))
    with monkeypatch.context() as patch:
        patch.setattr("mlreg.runtime.Runtime.change", broken)
        assert cli("secret", "rename", "team", "other").code == 1
    assert cli("secret", "get", "team", "token", "--reveal").stdout == "c4\n"
    assert cli("secret", "rename", "team", "team").code == 7


def test_delete(cli: Cli, held: Any, stdin: Any, person: Any) -> None:
    """In use it is refused, without a person it needs --yes, a person is asked; nothing happens before."""
    tracker(cli)
    done(cli("secret", "register", "team", "--token=c4"))
    used = cli("secret", "delete", "team", "--yes")
    assert (used.code, "by the tracker prod" in used.stderr) == (7, True)
    unasked = cli("secret", "delete", "team", "--force")
    assert (unasked.code, "--yes" in unasked.stderr) == (2, True)
    person(lines="n\n")
    assert cli("secret", "delete", "team", "--force").code == 1
    assert values(held, "team") == {"token": "c4"}
    person(lines="y\n")
    assert "still named by the tracker prod" in done(cli("secret", "delete", "team", "--force")).stderr
    assert held == {}


@pytest.mark.parametrize(
    "args",
    [
        ["register", "new", "--token=c4"],
        ["update", "team", "--token=c5", "--host", "h"],
        ["rename", "team", "new"],
        ["delete", "team", "--force"],
    ],
)
def test_dry_runs(cli: Cli, held: Any, home: Path, args: list[str]) -> None:
    """They end as the act would, and neither the vault nor the file changes."""
    tracker(cli)
    done(cli("secret", "register", "team", "--token=c4"))
    before = (values(held, "team"), len(held), (home / "components.yaml").read_bytes())
    assert "dry run" in done(cli("secret", *args, "--dry-run")).stderr
    assert (values(held, "team"), len(held), (home / "components.yaml").read_bytes()) == before


def test_fill(cli: Cli, held: Any, stdin: Any, person: Any) -> None:
    """What is missing is listed, read or asked for; what is there is left alone."""
    args = ["--tracking-username={{team.username}}", "--tracking-password={{other.password}}"]
    done(cli("tracker", "register", "prod", "https://h.example", *args))
    listed = cli("secret", "fill")
    assert (listed.code, "team.username, other.password" in listed.stderr) == (2, True)
    stdin("team.username=ada\n")
    assert (cli("secret", "fill", "prod", "-f", "-").code, held) == (2, {})
    stdin("team.username=ada\npassword=c4\n")
    done(cli("secret", "fill", "prod", "-f", "-"))
    assert (values(held, "team"), values(held, "other")) == ({"username": "ada"}, {"password": "c4"})
    assert "nothing is missing" in done(cli("secret", "fill")).stderr
    stdin("nonsense=1\n")
    assert cli("secret", "fill", "-f", "-").code == 2
    done(cli("secret", "update", "team", "--x=1", "--unset", "username"))
    assert person("bob") == []
    done(cli("secret", "fill"))
    assert values(held, "team") == {"x": "1", "username": "bob"}


def test_the_default_backend(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user file's, then MLREG_SECRET_BACKEND, then --backend; the one that was chosen is remembered."""
    home.mkdir()
    (home / "components.yaml").write_text("secret_backend: env\n")
    assert "MLREG_SECRET_A__TOKEN" in done(cli("secret", "register", "a", "-k", "token")).stderr
    monkeypatch.setenv("MLREG_SECRET_BACKEND", "keyring")
    done(cli("secret", "register", "b", "--token=c4"))
    done(cli("secret", "register", "c", "-k", "token", "--backend", "env"))
    assert "unchanged" in done(cli("secret", "register", "a", "-k", "token")).stderr
    listed = {each["name"]: each["backend"] for each in cli("secret", "list", "-o", "json").json}
    assert listed == {"a": "env", "b": "keyring", "c": "env"}


def test_a_command(cli: Cli, home: Path) -> None:
    """What stands after -- is kept word for word, mlreg's own options and placeholders in it too."""
    words = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "-o", "json", "--dry-run", "a=b"]
    done(cli("secret", "register", "gw", "--backend", "command", "-k", "token", "--", *words))
    assert cli("secret", "show", "gw", "-o", "json").json["command"] == words
    assert cli("secret", "get", "gw", "token", "--reveal").stdout == "['-o', 'json', '--dry-run', 'a=b']\n"
    assert "unchanged" in done(cli("secret", "register", "gw", "-k", "token", "--", *words)).stderr
    assert cli("secret", "register", "gw", "-k", "token", "--", "other").code == 7
    done(cli("secret", "update", "gw", "--", "false"))
    failed = cli("secret", "get", "gw", "token", "--reveal")
    assert (failed.code, "run it yourself: false" in failed.stderr) == (4, True)


def test_moving_a_secret_to_another_backend(cli: Cli, held: Any) -> None:
    """It needs --replace, and then the keyring holds nothing of it any more."""
    done(cli("secret", "register", "team", "--token=c4"))
    args = ["secret", "register", "team", "--backend", "command", "-k", "token"]
    assert cli(*args, "--", "echo", "c5").code == 7
    done(cli(*args, "--replace", "--", "echo", "c5"))
    assert held == {}
    assert cli("secret", "get", "team", "token", "--reveal").stdout == "c5\n"


def answering(token: str) -> Any:
    """A server that lets in who knows the token."""

    def answer(asked: Asked) -> Reply:
        allowed = asked.headers.get("Authorization") == f"Bearer {token}"
        return Reply(200, {"registered_models": []}) if allowed else Reply(401, {"message": "who are you"})

    return answer


@pytest.mark.parametrize(("good", "code", "requests"), [("2", 0, 2), ("3", 4, 2), ("1", 0, 1)])
def test_a_token_that_expired_is_fetched_again_once(
    cli: Cli, tmp_path: Path, good: str, code: int, requests: int
) -> None:
    """A 401 lets the command be asked again, and the request be sent again; a second 401 is the answer."""
    script = tmp_path / "token"
    script.write_text('#!/bin/sh\necho x >> "$0.log"; wc -l < "$0.log" | tr -d " "\n')
    script.chmod(0o700)
    with scripted(answering(good)) as server:
        tracker(cli, "prod", server.uri)
        done(cli("secret", "register", "team", "--backend", "command", "-k", "token", "--", str(script)))
        listed = cli("model", "list")
    assert (listed.code, len(server.asked)) == (code, requests)


def test_a_write_is_sent_again_too(cli: Cli, tmp_path: Path) -> None:
    """A server that answers 401 has not carried out anything."""
    script = tmp_path / "token"
    script.write_text('#!/bin/sh\necho x >> "$0.log"; wc -l < "$0.log" | tr -d " "\n')
    script.chmod(0o700)

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != "Bearer 2":
            return Reply(401, {"message": "who are you"})
        return Reply(200, {"registered_model": {"name": "churn"}})

    with scripted(answer) as server:
        tracker(cli, "prod", server.uri)
        done(cli("secret", "register", "team", "--backend", "command", "-k", "token", "--", str(script)))
        done(cli("model", "create", "churn"))
    assert [(asked.method, json.loads(asked.body)["name"]) for asked in server.asked] == [("POST", "churn")] * 2


def test_a_kept_token_is_not_sent_twice(cli: Cli) -> None:
    """What a keyring holds would be the same again."""
    with scripted(answering("good")) as server:
        tracker(cli, "prod", server.uri)
        done(cli("secret", "register", "team", "--token=bad"))
        assert cli("model", "list").code == 4
    assert len(server.asked) == 1


def test_a_project_cannot_point_a_secret_elsewhere(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 4 with the command that would allow it; no connection is opened. Then that command is given."""
    tracker(cli, "ours", "https://mlflow.example.com")
    done(cli("secret", "register", "team", f"--token={CANARY}"))
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    monkeypatch.chdir(project)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        theirs = {"tracking_uri": f"http://{host}", "tracking_token": "{{team.token}}"}
        (project / "mlreg.yaml").write_text(json.dumps({"trackers": {"theirs": theirs}, "active_stack": "theirs"}))
        listener.setblocking(False)
        refused = cli("model", "list")
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert (refused.code, refused.stdout) == (4, "")
    assert f"mlreg secret update team --host {host}" in refused.stderr
    assert CANARY not in refused.stderr
    done(cli("secret", "update", "team", "--host", host))
    assert cli("model", "list").code == 6  # nobody listens any more


def broken(*_: Any, **__: Any) -> Any:
    """A failure that nobody foresaw, with a value in its text."""
    raise RuntimeError(f"broken while {CANARY} was about")


@pytest.mark.parametrize("place", ["mlreg.runtime.Runtime.change", "mlreg.core.secrets._put"])
@pytest.mark.parametrize(
    "args",
    [["register", "new", f"--token={CANARY}"], ["update", "team", f"--token={CANARY}-2"], ["rename", "team", "new"]],
)
def test_no_failure_shows_a_value(cli: Cli, monkeypatch: pytest.MonkeyPatch, place: str, args: list[str]) -> None:
    """Whatever breaks inside, what is printed has no value in it."""
    done(cli("secret", "register", "team", f"--token={CANARY}"))
    monkeypatch.setattr(place, broken)
    failed = cli("secret", *args)
    assert CANARY not in failed.stdout + failed.stderr


def test_debug_shows_no_value(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback of --debug has lines of code and no variables."""

    def fail(*_: Any) -> Any:
        raise KeyError("unforeseen")

    monkeypatch.setattr("mlreg.core.secrets._put", fail)
    with pytest.raises(KeyError) as failed:
        cli("secret", "register", "team", f"--token={CANARY}", "--debug")
    assert CANARY not in "".join(traceback.format_exception(failed.value))


def test_the_environment_is_enough(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a variable for each placeholder no keyring is opened, and its library is not imported."""
    monkeypatch.setitem(VAULTS, "keyring", "no.such.module:connect")
    monkeypatch.setattr(os, "environ", {**os.environ, "MLREG_SECRET_TEAM__TOKEN": "good"})
    with scripted(answering("good")) as server:
        tracker(cli, "prod", server.uri)
        assert done(cli("model", "list", "-o", "json")).json == []
    assert cli("secret", "fill").code == 0
