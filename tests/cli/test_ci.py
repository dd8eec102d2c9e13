"""Results for CI: GitHub's runner and GitLab read what was done, and no text of a server tells them anything."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlreg.cli import ci, github_log
from mlreg.cli.render import FORMATS
from mlreg.cli.session import start
from mlreg.core.types import NewVersion
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry
from tests.github_runner import obeyed, outputs

SHY = "\u00ad"  # a mark that compares as nothing
EVIL = (
    "::add-mask::a\n::set-output name=version::9\n \t\u3000::stop-commands::t\ntext ##[add-mask]b ##[command]x\n"
    f":{SHY}:error::c\n{SHY}::warning::d\n#{SHY}#[error]e\r::debug::f\r\n::group::g\n{'x' * 1100} ::error::h"
)


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A step in GitHub Actions; its files are in this directory."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        (tmp_path / name).write_text("")
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def given_outputs(github: Path) -> dict[str, str]:
    """What the step has set."""
    return outputs((github / "GITHUB_OUTPUT").read_text())


def summary(github: Path) -> str:
    """What the step has written for people."""
    return (github / "GITHUB_STEP_SUMMARY").read_text()


REGISTER = ("model", "register", "churn", "s3://bucket/churn")


def test_register_sets_outputs(lab: Cli, github: Path) -> None:
    """Later steps know what was registered; the summary shows it; stdout is as always."""
    done = lab(*REGISTER, "--alias", "candidate")
    assert (done.code, done.stdout) == (0, "churn/4\n")
    expected = {"name": "churn", "ref": "churn/4", "version": "4", "previous": "", "changed": "true"}
    assert given_outputs(github) == expected
    assert "\n### registered churn/4 from s3://bucket/churn\n\n|  |  |\n| --- | --- |\n| name | churn |" in summary(
        github
    )
    assert "| aliases | candidate |\n" in summary(github)
    assert not obeyed(done.stdout + done.stderr)


def test_steps_add_up(lab: Cli, github: Path) -> None:
    """A second command in a step adds to its files, even if the one before left a line open."""
    (github / "GITHUB_OUTPUT").write_text("mine=1")
    lab(*REGISTER)
    lab(*REGISTER)
    assert given_outputs(github)["mine"] == "1"
    assert given_outputs(github)["ref"] == "churn/5"
    assert summary(github).count("###") == 2


def test_a_dry_run_has_changed_nothing(lab: Cli, github: Path) -> None:
    """The outputs say what would be, and that nothing is changed."""
    assert lab(*REGISTER, "--dry-run").code == 0
    assert given_outputs(github) | {"changed": "false", "version": "4"} == given_outputs(github)
    assert "### Dry run, nothing is changed; it would be: registered churn/4" in summary(github)


def test_nothing_elsewhere(lab: Cli, github: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On other systems the files are not touched and errors are only told."""
    for value in "", "false", "1":
        monkeypatch.setenv("GITHUB_ACTIONS", value)
        assert lab(*REGISTER).code == 0
        assert not obeyed(lab("model", "show", "nothing").stderr)
    assert given_outputs(github) == {}
    assert summary(github) == ""


@pytest.mark.parametrize("by", ["option", "variable"])
def test_it_can_be_turned_off(lab: Cli, github: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """--no-ci and MLREG_NO_CI: no summary, outputs, dotenv file or annotation, wherever the option stands."""
    if by == "variable":
        monkeypatch.setenv("MLREG_NO_CI", "1")
    off = ["--no-ci"] if by == "option" else []
    assert lab(*REGISTER, "--dotenv", "r.env", *off).code == 0
    assert lab(*off, *REGISTER).code == 0
    for wrong in (["model", "show", "nothing"], ["model", "show"], ["model", "shoe"], ["model", "list", "--nope"]):
        assert not obeyed(lab(*wrong, *off).stderr)
    assert (given_outputs(github), summary(github), Path("r.env").exists()) == ({}, "", False)


def test_a_file_that_cannot_be_written(lab: Cli, github: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done is done: exit 0, a warning for each file, and the others are written."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(github / "missing" / "file"))
    done = lab(*REGISTER, "--dotenv", str(github))
    assert (done.code, done.stdout) == (0, "churn/4\n")
    assert "warning: GITHUB_STEP_SUMMARY is not written: No such file or directory\n" in done.stderr
    assert f"warning: {github} is not written: Is a directory\n" in done.stderr
    assert given_outputs(github)["version"] == "4"


def test_no_files_to_write(lab: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a container was not given the runner's files, nothing is said of them."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = lab(*REGISTER)
    assert (done.code, "warning" in done.stderr) == (0, False)


def test_an_error_is_annotated(lab: Cli, github: Path) -> None:
    """A failure is shown where GitHub shows errors, with its cause and hint, beside what people read."""
    done = lab("model", "show", "churn/9")
    command, *more = obeyed(done.stderr)
    assert (done.code, done.stdout, more, command.name) == (3, "", [], "error")
    assert command.properties == {"title": "mlreg: version not found"}
    told = [line.removeprefix("error: ") for line in done.stderr.splitlines() if not line.startswith("::")]
    assert command.data.splitlines() == told
    usage = lab("model", "show")
    assert [command.properties for command in obeyed(usage.stderr)] == [{"title": "mlreg: usage"}]


def test_json_on_stderr_stays_json(lab: Cli, github: Path) -> None:
    """A program that reads the error gets one object and nothing else."""
    done = lab("model", "show", "churn/9 ##[error]x", "-o", "json")
    assert "##[error]" in json.loads(done.stderr)["error"]["message"] + json.loads(done.stderr)["error"]["hint"]
    assert not obeyed(done.stderr)


@pytest.mark.parametrize("name", ["100%0A::error::x", "a, title=b::c", "::error::", f"##[error]{SHY}"])
def test_an_annotation_is_one_command(lab: Cli, github: Path, name: str) -> None:
    """What stands in a message ends neither the message nor its properties."""
    (command,) = obeyed(lab("model", "resolve", f"models:/{name}/1").stderr)
    assert command.properties.keys() == {"title"}


@given(st.text("%:,=\r\n AD2350ab"), st.text("%:,=\r\n AD2350ab"))
def test_annotations_are_read_as_they_were_meant(title: str, text: str) -> None:
    """The runner unescapes what mlreg escapes."""
    (command,) = obeyed(github_log.error(f"<{title}>", text))
    assert (command.properties, command.data) == ({"title": f"<{title}>"}, text)


@given(st.lists(st.sampled_from([":", "#", "[", "]", "\n", " ", "\t", SHY, "\u3000", "\ufe0f", "error", "a"])))
def test_nothing_that_is_disarmed_is_obeyed(parts: list[str]) -> None:
    """However `::` and `##[` are hidden, and whatever follows."""
    text = re.sub("$", "error::x ##[error]y", "".join(parts), flags=re.MULTILINE)
    assert not obeyed(github_log.disarm(text))


@given(st.text(":#[]\n ab"))
def test_a_text_that_commands_nothing_is_not_changed(text: str) -> None:
    """A colon or two within a line, a hash, a bracket: all of it is left alone."""
    harmless = re.sub("(?m)^ *:+", "", text).replace("##[", "")
    if "##[" not in harmless and not re.search("(?m)^ *::", harmless):
        assert github_log.disarm(harmless) == harmless


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("args", [("show", "evil"), ("show", "evil/1"), ("list",), ("versions",)], ids=" ".join)
def test_a_server_commands_nobody(
    lab: Cli, registry: FakeRegistry, github: Path, format: str, args: tuple[str, ...]
) -> None:
    """Descriptions, tags and names that are commands are shown in every format, and obeyed in none."""
    for name in "::error::x", "##[error]x", "evil":
        registry.create_model(name, description=EVIL, tags={EVIL: EVIL})
        registry.create_version(NewVersion(name=name, source=EVIL, description=EVIL, tags={EVIL: EVIL}))
    done = lab("model", *args, "-o", format)
    assert (done.code, obeyed(done.stdout + done.stderr)) == (0, [])
    if format in ("json", "yaml"):
        shown = done.json if format == "json" else yaml.safe_load(done.stdout)
        evil = shown if args[0] == "show" else next(row for row in shown if row["name"] == "evil")
        assert (evil["description"], evil["tags"]) == (EVIL, {EVIL: EVIL})


def test_what_a_server_says_commands_nobody(lab: Cli, registry: FakeRegistry, github: Path) -> None:
    """Sentences, warnings and errors with such texts in them are one annotation at most."""
    refused = lab("model", "register", "churn", f"s3://b/{EVIL}")
    assert [command.name for command in obeyed(refused.stdout + refused.stderr)] == ["error"]
    failed = lab("model", "show", f"models:/{EVIL.replace('/', '').replace(':', ' :')}/1")
    assert [command.name for command in obeyed(failed.stdout + failed.stderr)] == ["error"]


def test_a_secret_is_byte_for_byte(lab: Cli, github: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`$(mlreg secret get ...)` gets the value itself, whatever it looks like."""
    assert lab("secret", "register", "s", "--backend", "env", "-k", "token").code == 0
    monkeypatch.setenv("MLREG_SECRET_S__TOKEN", "::x ##[y")
    assert lab("secret", "get", "s", "token", "--reveal").stdout == "::x ##[y\n"


def test_outside_of_github_texts_are_as_they_were(lab: Cli, registry: FakeRegistry) -> None:
    """The guard is GitHub's alone."""
    registry.create_model("x", description="::a ##[b]")
    assert lab("model", "list", "--fields", "description", "-o", "csv").stdout.splitlines()[-1] == "::a ##[b]"


def test_a_hostile_name_sets_its_own_output_only(lab: Cli, registry: FakeRegistry, github: Path) -> None:
    """Line breaks, delimiters and markup in a name add no output, no row and no heading."""
    name = "a\nversion=9\nx<<y\nmlreg_\n| <img src=x> | `b` **c** [d](e)\n# f"
    assert lab("model", "register", f"models:/{name}", "s3://b", "--dotenv", "r.env").code == 0
    assert given_outputs(github) == {
        "name": name,
        "ref": f"{name}/1",
        "version": "1",
        "previous": "",
        "changed": "true",
    }
    row = next(line for line in summary(github).splitlines() if line.startswith("| name |"))
    assert row == (r"| name | a\\nversion=9\\nx\<\<y\\nmlreg\_\\n\| \<img src=x\> \| \`b\` \*\*c\*\* \[d\](e)\\n\# f |")
    assert sum(line.startswith("#") for line in summary(github).splitlines()) == 1
    assert Path("r.env").read_text() == "MLREG_VERSION=1\nMLREG_PREVIOUS=\nMLREG_CHANGED=true\n"


def test_delimiters_differ(lab: Cli, github: Path) -> None:
    """No value can be made that ends another one's."""
    lab(*REGISTER)
    lab(*REGISTER)
    ends = [line.partition("<<")[2] for line in (github / "GITHUB_OUTPUT").read_text().splitlines() if "<<" in line]
    assert len(ends) == len(set(ends)) == 10


def test_gitlab_reads_a_dotenv_file(lab: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """--dotenv works everywhere, and replaces what the file held: a later job sees one result."""
    monkeypatch.setenv("GITLAB_CI", "true")
    for number in 4, 5:
        assert lab(*REGISTER, "--dotenv", "r.env").code == 0
        assert Path("r.env").read_text() == (
            f"MLREG_NAME=churn\nMLREG_REF=churn/{number}\nMLREG_VERSION={number}\nMLREG_PREVIOUS=\nMLREG_CHANGED=true\n"
        )


@pytest.mark.parametrize("name", ["a\nMLREG_VERSION=9", "a=b", "it's", 'a"b', "$(id)", "#a", " a", "a\\n", "\x1bx"])
def test_a_dotenv_file_holds_what_gitlab_takes(home: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that a report would misread is left out with a warning, and the numbers are there."""
    ci.report(start(), ci.Report(title="t", name=name, version=1, previous=2, changed=False), "r.env")
    assert Path("r.env").read_text() == "MLREG_VERSION=1\nMLREG_PREVIOUS=2\nMLREG_CHANGED=false\n"
    assert "warning: MLREG_NAME is left out" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Модель", "a b", "a@b", "catalog.schema.model", "x-1"])
def test_a_dotenv_file_holds_a_decent_name(home: Path, name: str) -> None:
    """Letters of any script, blanks within, and the punctuation of names and references."""
    ci.report(start(), ci.Report(title="t", name=name, version=1, changed=True), "r.env")
    assert f"MLREG_NAME={name}\nMLREG_REF={name}/1\n" in Path("r.env").read_text()


def test_a_refusal_that_is_a_result(home: Path, github: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check that said no is annotated with what it found, and its table is in the summary."""
    rows = [("metrics.auc >= 0.9", "false"), ("age < 7d", "")]
    refused = ci.Report(
        title="churn/7 is not promoted",
        name="churn",
        version=7,
        previous=6,
        changed=False,
        refused=True,
        columns=("gate", "is"),
        rows=rows,
    )
    ci.report(start(), refused)
    (command,) = obeyed(capsys.readouterr().err)
    assert command.properties == {"title": "mlreg: refused"}
    assert command.data == "churn/7 is not promoted\nmetrics.auc >= 0.9 - false\nage < 7d"
    assert "| gate | is |\n| --- | --- |\n| metrics.auc \\>= 0.9 | false |\n" in summary(github)
    assert given_outputs(github)["previous"] == "6"


def test_a_summary_stays_below_githubs_limit(home: Path, github: Path) -> None:
    """GitHub drops a summary of more than 1 MiB: a table is cut, and says so."""
    rows = [("|" * 5000, "é" * 5000, "x", "y")] * 1000
    ci.report(start(), ci.Report(title="t" * 9999, name="m", version=1, changed=True, columns="abcd", rows=rows))
    assert (github / "GITHUB_STEP_SUMMARY").stat().st_size < 2**20 / 2
    assert "… and 800 more" in summary(github)


def test_texts_that_no_encoding_has(home: Path, github: Path) -> None:
    """A lone surrogate is written escaped instead of ending the command."""
    ci.report(start(), ci.Report(title="\ud800", name="\ud800", version=None, changed=True), "r.env")
    assert given_outputs(github)["name"] == "\\ud800"
    assert given_outputs(github)["ref"] == given_outputs(github)["version"] == ""
