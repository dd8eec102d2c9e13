"""`model promote | rollback | history`: gates that fail closed, a journal, and the way back."""

import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlreg.core.errors import PermissionDenied, Unreachable
from mlreg.core.types import LoggedModel, Measurement
from tests.cli.conftest import Cli
from tests.fakes import FakeRegistry

METRICS = [{"auc": 0.87, "loss": 0.41}, {"auc": 0.91, "loss": 0.36}, {"auc": 0.90, "loss": 0.30}]


@pytest.fixture
def team(lab: Cli, registry: FakeRegistry) -> Cli:
    """Three versions of `churn`, each from a run with metrics."""
    for number, metrics in enumerate(METRICS, start=1):
        run_id = registry.run()
        run, files = registry.runs[run_id]
        registry.runs[run_id] = (replace(run, metrics=metrics, params={"depth": "8"}), files)
        registry._change("churn", number, run_id=run_id)
    return lab


@pytest.fixture
def held(team: Cli) -> Cli:
    """The first version holds @champion."""
    assert team("model", "promote", "churn/1", "champion", "--allow-first").code == 0
    return team


def champion(registry: FakeRegistry) -> int | None:
    """Who holds @champion now."""
    return registry.get_model("churn").aliases.get("champion")


def change_run(registry: FakeRegistry, number: int, **fields: Any) -> None:
    """Let the run of a version be otherwise."""
    run_id = registry.get_version("churn", number).run_id
    run, files = registry.runs[run_id]
    registry.runs[run_id] = (replace(run, **fields), files)


def test_from_to(held: Cli, registry: FakeRegistry) -> None:
    """What was and what is, in words and as data; stdout is NAME/VERSION."""
    done = held("model", "promote", "churn/2", "@champion", "--require", "metrics.auc >= holder.metrics.auc + 0.005")
    assert (done.code, done.stdout, champion(registry)) == (0, "churn/2\n", 2)
    assert "churn@champion is now 2, was 1" in done.stderr
    record = held("model", "promote", "churn/3", "champion", "-o", "json").json
    fields = ["name", "target", "previous", "version", "changed", "verdict", "forced", "gates"]
    assert list(record) == fields
    assert (record["target"], record["previous"], record["version"]) == ("@champion", 2, 3)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("metrics.auc >= 0.9", 0),
        ("metrics.auc >= holder.metrics.auc + 0.005", 0),
        ('params.depth == "8"', 0),
        ("params.depth <= 8", 0),
        ('run.status == "FINISHED"', 0),
        ("metrics.loss <= holder.metrics.loss * 0.5", 8),
        ("metrics.auc > 0.95", 8),
        ("age < 1s", 8),
        ("metrics.f1 >= 0.5", 9),
        ("metrics.auc >= holder.metrics.f1", 9),
        ('tags.approved == "true"', 9),
        ("signature", 9),
        ("metrics.auc", 2),
        ("metrics.auc >", 2),
        ("__import__('os')", 2),
        ("", 2),
    ],
)
def test_gates(held: Cli, registry: FakeRegistry, condition: str, code: int) -> None:
    """True moves; false is 8, what cannot be told 9, no condition 2: nothing has moved. A dry run exits so too."""
    args = ("model", "promote", "churn/2", "champion", "--require", condition)
    assert held(*args, "--dry-run").code == code
    assert champion(registry) == 1
    assert held(*args).code == code
    assert champion(registry) == (2 if code == 0 else 1)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.7976931348623157e308])
def test_a_metric_that_is_no_number(held: Cli, registry: FakeRegistry, value: float) -> None:
    """Of the version or of the holder: exit 9."""
    change_run(registry, 2, metrics={"auc": value})
    change_run(registry, 1, metrics={"loss": value})
    for condition in ("metrics.auc >= 0.1", "metrics.auc <= 2", "holder.metrics.loss <= 1", "metrics.auc != 0"):
        assert held("model", "promote", "churn/2", "champion", "--require", condition).code == 9
    assert champion(registry) == 1


def test_a_lookup_that_fails(held: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is gone, forbidden or unreachable: exit 9, with the reason; never a default that promotes."""
    for error in (PermissionDenied("no"), Unreachable("down")):

        def fail(run_id: str, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(registry, "get_run", fail)
        refused = held("model", "promote", "churn/2", "champion", "--require", "metrics.auc >= 0.1", "-o", "json")
        assert (refused.code, refused.json["verdict"], champion(registry)) == (9, "unknown", 1)
        assert str(error) in refused.json["gates"][0]["detail"]


def test_two_sources_that_disagree(held: Cli, registry: FakeRegistry) -> None:
    """The run says one thing, the logged model another: exit 9 naming both."""
    model_id = "m-" + "a" * 32
    registry.logged[model_id] = LoggedModel(model_id=model_id, name="net", artifact_uri="x")
    other = registry.run()
    registry.measure(other, "auc", [Measurement(0, 0, 0.5)], model_id=model_id)
    registry._change("churn", 2, source=f"models:/{model_id}")
    refused = held("model", "promote", "churn/2", "champion", "--require", "metrics.auc >= 0.1", "-o", "json")
    assert refused.code == 9
    assert "0.91" in refused.json["gates"][0]["detail"]
    assert "0.5" in refused.json["gates"][0]["detail"]


def test_the_first_promotion_is_meant(team: Cli, registry: FakeRegistry) -> None:
    """Without a holder it is exit 9, whatever the gates; --allow-first says so, and they count as far as they can."""
    assert team("model", "promote", "churn/1", "champion").code == 9
    holder = "metrics.auc >= holder.metrics.auc"
    assert team("model", "promote", "churn/1", "champion", "--require", holder).code == 9
    assert team("model", "promote", "churn/1", "champion", "--allow-first", "--require", "metrics.auc > 0.99").code == 8
    assert team("model", "promote", "churn/1", "champion", "--allow-first", "--require", holder).code == 0
    assert champion(registry) == 1


def test_what_holds_it_already_is_done(held: Cli, registry: FakeRegistry) -> None:
    """CI jobs run twice: exit 0 and unchanged, before any gate."""
    again = held("model", "promote", "churn/1", "champion", "--require", "metrics.auc > 0.99", "-o", "json")
    assert (again.code, again.json["changed"]) == (0, False)


def test_a_version_that_is_not_ready(held: Cli, registry: FakeRegistry) -> None:
    """Exit 7, also with --force."""
    registry._change("churn", 2, status="PENDING_REGISTRATION")
    assert held("model", "promote", "churn/2", "champion", "--force").code == 7
    assert champion(registry) == 1


def test_force_is_recorded(held: Cli, registry: FakeRegistry) -> None:
    """It overrides a false gate, and the journal says that it did."""
    gate = ("--require", "metrics.auc > 0.99")
    assert held("model", "promote", "churn/2", "champion", *gate, "--force").code == 0
    event = held("model", "history", "churn@champion", "-o", "json").json[0]
    assert (event["version"], event["forced"]) == (2, True)
    assert event["gates"][0].startswith("false: metrics.auc > 0.99")


def test_expect_current(held: Cli, registry: FakeRegistry) -> None:
    """The holder must be the expected one: exit 7."""
    assert held("model", "promote", "churn/2", "champion", "--expect-current", "2").code == 7
    assert held("model", "promote", "churn/2", "champion", "--expect-current", "1").code == 0


def test_a_holder_that_moves_while_gates_are_read(
    held: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was compared with is not the holder any more: exit 7, nothing moved."""
    read = registry.get_run

    def moved_meanwhile(run_id: str) -> Any:
        registry.set_alias("churn", "champion", 3)
        return read(run_id)

    monkeypatch.setattr(registry, "get_run", moved_meanwhile)
    assert held("model", "promote", "churn/2", "champion", "--require", "metrics.auc >= 0.1").code == 7
    assert champion(registry) == 3


def test_an_overwritten_promotion_is_a_conflict(
    held: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one came between the write and the reading back: exit 7, and both are in the history."""
    write = registry.set_alias

    def overwritten(name: str, alias: str, number: int) -> None:
        write(name, alias, number)
        write(name, alias, 3)

    monkeypatch.setattr(registry, "set_alias", overwritten)
    refused = held("model", "promote", "churn/2", "champion")
    assert (refused.code, "it is 3 now" in refused.stderr) == (7, True)
    told = [(row["act"], row["previous"], row["version"]) for row in _history(held)]
    assert told[:2] == [("moved outside mlreg", 2, 3), ("promote", 1, 2)]


def _history(cli: Cli) -> Any:
    return cli("model", "history", "churn@champion", "-o", "json").json


def test_stages(team: Cli, registry: FakeRegistry) -> None:
    """A stage archives its other holders unless told to keep them; with several, what needs the holder is exit 9."""
    assert team("model", "promote", "churn/1", "Production", "--allow-first").code == 0
    assert team("model", "promote", "churn/2", "production").code == 0
    assert [registry.get_version("churn", number).stage for number in (1, 2)] == ["Archived", "Production"]
    assert team("model", "promote", "churn/3", "Production", "--keep-existing").code == 0
    refused = team("model", "promote", "churn/1", "Production", "--require", "metrics.auc >= holder.metrics.auc")
    assert (refused.code, "several holders: 3, 2" in refused.stderr) == (9, True)
    assert team("model", "promote", "churn/1", "Production", "--expect-current", "3").code == 9
    assert team("model", "promote", "churn/1", "Production").code == 0
    assert [registry.get_version("churn", number).stage for number in (2, 3)] == ["Archived", "Archived"]
    assert team("model", "promote", "churn/1", "None").code == 2


def test_the_journal_is_a_tag_that_nobody_sees(held: Cli, registry: FakeRegistry) -> None:
    """Who, when, from, to, why: in the registry for the team and in a file of this machine; not among the tags."""
    held("model", "promote", "churn/2", "champion", "--comment", "better")
    tags = registry.get_version("churn", 2).tags
    assert [key for key in tags if key.startswith("mlreg_move_")]
    assert held("model", "show", "churn/2", "-o", "json").json["tags"] == {}
    event = _history(held)[0]
    assert list(event) == [
        "at",
        "name",
        "target",
        "previous",
        "version",
        "act",
        "by",
        "comment",
        "job",
        "gates",
        "forced",
    ]
    assert (event["act"], event["previous"], event["version"], event["comment"]) == ("promote", 1, 2, "better")
    assert "@" in event["by"]


def test_every_verb_that_moves_records(
    team: Cli, registry: FakeRegistry, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the registry, and a line each in the local file; the CI job is named."""
    monkeypatch.setenv("CI_JOB_URL", "https://ci.example.com/7")
    team("model", "alias", "set", "churn/1", "a", "--comment", "first")
    team("model", "alias", "delete", "churn@a", "--comment", "second")
    team("model", "transition", "churn/1", "Staging", "--comment", "third")
    team("model", "register", "churn", "s3://b", "--alias", "a", "--comment", "fourth")
    team("model", "promote", "churn/2", "a", "--comment", "fifth")
    team("model", "rollback", "churn@a", "--to", "4", "--comment", "sixth")
    team("model", "delete", "churn/4", "--yes", "--force", "--comment", "seventh")
    rows = [row for row in team("model", "history", "churn", "-o", "json").json if row["act"] != "created"]
    told = {(row["act"], row["comment"]) for row in rows}
    assert told >= {("transition", "third"), ("promote", "fifth"), ("delete", "seventh"), ("alias set", "first")}
    lines = [json.loads(line) for line in (home / "journal.jsonl").read_text().splitlines()]
    assert [line["comment"] for line in lines] == ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"]
    assert {line["job"] for line in lines} == {"https://ci.example.com/7"}
    assert (home / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_registry_that_takes_no_record(held: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The move is valid, and it is said that only this machine knows of it."""

    def refuse(*_: object) -> None:
        raise PermissionDenied("no tags for you")

    monkeypatch.setattr(registry, "set_version_tag", refuse)
    done = held("model", "promote", "churn/2", "champion")
    assert (done.code, champion(registry)) == (0, 2)
    assert "only the journal of this machine has it" in done.stderr


def test_moves_outside_are_gaps(held: Cli, registry: FakeRegistry) -> None:
    """Between two records, and after the last one."""
    registry.set_alias("churn", "champion", 3)
    held("model", "promote", "churn/2", "champion")
    registry.set_alias("churn", "champion", 1)
    told = [(row["act"], row["previous"], row["version"]) for row in _history(held)]
    assert told == [
        ("moved outside mlreg", 2, 1),
        ("promote", 3, 2),
        ("moved outside mlreg", 1, 3),
        ("promote", None, 1),
    ]


def test_rollback_walks_back(held: Cli, registry: FakeRegistry) -> None:
    """To the former holder, then to the one before that, not to and fro; at the end nothing moves."""
    held("model", "promote", "churn/2", "champion")
    held("model", "promote", "churn/3", "champion")
    assert held("model", "rollback", "churn@champion").stdout == "churn/2\n"
    assert held("model", "rollback", "churn@champion").stdout == "churn/1\n"
    lost = held("model", "rollback", "churn@champion")
    assert (lost.code, champion(registry)) == (9, 1)
    assert "mlreg model rollback churn@champion --to 2" in lost.stderr
    held("model", "promote", "churn/3", "champion")
    assert held("model", "rollback", "churn@champion").stdout == "churn/1\n"


def test_rollback_of_what_was_deleted(held: Cli, registry: FakeRegistry) -> None:
    """The alias comes back to where it was."""
    held("model", "alias", "delete", "churn@champion")
    assert held("model", "rollback", "churn@champion").stdout == "churn/1\n"


def test_rollback_of_a_stage_archives_what_it_replaces(team: Cli, registry: FakeRegistry) -> None:
    """As promoting does."""
    team("model", "promote", "churn/1", "Production", "--allow-first")
    team("model", "promote", "churn/2", "Production")
    assert team("model", "rollback", "churn/Production").stdout == "churn/1\n"
    assert [registry.get_version("churn", number).stage for number in (1, 2)] == ["Production", "Archived"]


def test_rollback_refuses_what_cannot_serve(held: Cli, registry: FakeRegistry) -> None:
    """A version that is gone (3) or not ready (7); a journal that is empty or gapped (9): nothing has moved."""
    held("model", "promote", "churn/2", "champion")
    registry._change("churn", 1, status="FAILED_REGISTRATION")
    assert held("model", "rollback", "churn@champion").code == 7
    registry.delete_version("churn", 1)
    assert held("model", "rollback", "churn@champion").code == 3
    registry.set_alias("churn", "champion", 3)
    gapped = held("model", "rollback", "churn@champion")
    assert (gapped.code, "--to 2" in gapped.stderr) == (9, True)
    assert held("model", "rollback", "churn@nobody").code == 9
    assert held("model", "rollback", "churn/2").code == 2
    assert champion(registry) == 3


@pytest.fixture
def protected(held: Cli, home: Path) -> Cli:
    """@champion is protected by a gate of the user's file."""
    file = home / "components.yaml"
    text = file.read_text() + "gates:\n  release: ['metrics.auc >= 0.9']\nprotected:\n  '@champion': release\n"
    file.write_text(text)
    return held


def test_a_protected_target(protected: Cli, registry: FakeRegistry) -> None:
    """Only promoting with its gate moves it, whichever verb is used: exit 8, with the source."""
    for args in (
        ["alias", "set", "churn/2", "champion"],
        ["alias", "delete", "churn@champion"],
        ["delete", "churn/1", "--yes", "--force"],
        ["delete", "churn", "--confirm", "churn"],
        ["register", "churn", "s3://b", "--alias", "champion"],
        ["rollback", "churn@champion", "--to", "3"],
    ):
        refused = protected("model", *args)
        assert (refused.code, "protected by the gate 'release'" in refused.stderr) == (8, True), args
        assert "components.yaml" in refused.stderr
    assert champion(registry) == 1
    assert protected("model", "alias", "set", "churn/2", "challenger").code == 0
    assert protected("model", "promote", "churn/2", "champion").code == 0
    assert protected("model", "promote", "churn/1", "champion").code == 8
    assert protected("model", "rollback", "churn@champion").stdout == "churn/1\n"


def test_a_project_only_tightens(protected: Cli, registry: FakeRegistry) -> None:
    """Its conditions are added to the user's gate; it cannot empty one, nor take a protection away."""
    Path("mlreg.yaml").write_text(
        "gates: {release: ['metrics.loss <= 0.3'], other: []}\nprotected: {Production: other}\n"
    )
    assert protected("model", "promote", "churn/2", "champion").code == 8
    assert protected("model", "promote", "churn/3", "champion").code == 0
    open_gate = protected("model", "promote", "churn/3", "Production", "--allow-first")
    assert (open_gate.code, "has no conditions" in open_gate.stderr) == (9, True)


@pytest.mark.parametrize(
    "text",
    ["gates: {a: 5}", "gates: {a: [1]}", "gates: [a]", "protected: {x/y: a}", "protected: {'@champion': []}"],
)
def test_a_rule_that_cannot_be_read(lab: Cli, home: Path, text: str) -> None:
    """Is a broken file, exit 5: nothing that binds is passed over."""
    file = home / "components.yaml"
    file.write_text(f"{file.read_text()}{text}\n")
    assert lab("model", "alias", "set", "churn/1", "champion").code == 5


def test_a_rollback_never_goes_forward_to_what_was_left(held: Cli, registry: FakeRegistry) -> None:
    """After a bad move outside and a chosen way back, the next one goes further back, not to the bad version."""
    held("model", "promote", "churn/2", "champion")
    registry.set_alias("churn", "champion", 3)
    assert held("model", "rollback", "churn@champion").code == 9
    assert held("model", "rollback", "churn@champion", "--to", "2").stdout == "churn/2\n"
    assert held("model", "rollback", "churn@champion").stdout == "churn/1\n"


def test_a_bad_version_may_be_deleted_after_a_rollback(held: Cli, registry: FakeRegistry) -> None:
    """Its record is kept: the history has no gap, and the way back goes on."""
    held("model", "promote", "churn/2", "champion")
    held("model", "promote", "churn/3", "champion")
    held("model", "rollback", "churn@champion")
    held("model", "delete", "churn/3", "--yes")
    assert [row["act"] for row in _history(held)] == ["rollback", "promote", "promote", "promote"]
    assert held("model", "rollback", "churn@champion").stdout == "churn/1\n"


def test_clocks_that_differ(held: Cli, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mover whose clock is ten minutes slow makes no gap: what begins where another move ended came after it."""
    held("model", "promote", "churn/2", "champion")
    monkeypatch.setattr("mlreg.adapters.journal_file.time", lambda: time.time() - 600)
    held("model", "promote", "churn/3", "champion")
    assert [row["version"] for row in _history(held)] == [3, 2, 1]
    assert held("model", "rollback", "churn@champion").stdout == "churn/2\n"


def test_a_protected_stage_is_not_left_either(team: Cli, registry: FakeRegistry, home: Path) -> None:
    """No verb takes the holder away from a protected stage by moving it elsewhere, deleting or renaming it."""
    team("model", "promote", "churn/2", "Staging", "--allow-first")
    team("model", "promote", "churn/1", "Production", "--allow-first")
    team("model", "transition", "churn/3", "Production")
    team("model", "promote", "churn/2", "Production", "--keep-existing")
    file = home / "components.yaml"
    file.write_text(f"{file.read_text()}gates: {{g: ['metrics.auc > 0.9']}}\nprotected: {{production: g}}\n")
    for args in (
        ["promote", "churn/3", "Archived", "--allow-first"],
        ["rollback", "churn/Staging", "--to", "2"],
        ["transition", "churn/1", "Archived"],
        ["delete", "churn/1", "--yes", "--force"],
        ["rename", "churn", "churn-eu"],
    ):
        refused = team("model", *args)
        assert (refused.code, "protected by the gate" in refused.stderr) == (8, True), (args, refused.stderr)
    assert [registry.get_version("churn", number).stage for number in (1, 2, 3)] == ["Production"] * 3


@pytest.fixture
def logged(held: Cli, registry: FakeRegistry) -> str:
    """The second version is a logged model; its id."""
    model_id = registry.logged_model(registry.get_version("churn", 2).run_id, "net")
    assert model_id
    registry._change("churn", 2, source=f"models:/{model_id}")
    return model_id


def gate(cli: Cli, condition: str) -> tuple[int, str]:
    """The exit code of promoting the second version, and what the gate says."""
    done = cli("model", "promote", "churn/2", "champion", "--require", condition, "--dry-run", "-o", "json")
    return done.code, done.json["gates"][0]["detail"]


def test_a_nan_that_mlflow_tells_as_0(held: Cli, registry: FakeRegistry, logged: str) -> None:
    """What another run logged must be so in that run; a run that is deleted or cannot be read confirms nothing."""
    other = registry.run()
    registry.measure(other, "loss2", [Measurement(0, 0, math.nan)], model_id=logged)
    known = registry.logged[logged]
    as_zero = tuple(replace(each, found=Measurement(0, 0, 0.0)) for each in known.measured)
    registry.logged[logged] = replace(known, measured=as_zero)
    code, detail = gate(held, "metrics.loss2 <= 0.3")
    assert (code, f"run {other} does not confirm" in detail) == (9, True)
    registry.measured[other, "loss2"] = [Measurement(0, 0, 0.0), Measurement(1, 0, 0.2)]
    assert gate(held, "metrics.loss2 <= 0.3")[0] == 0
    registry.delete_run(other)
    assert "is deleted" in gate(held, "metrics.loss2 <= 0.3")[1]
    del registry.runs[other]
    assert gate(held, "metrics.loss2 <= 0.3")[0] == 9
    unsigned = tuple(replace(each, run_id="") for each in as_zero)
    registry.logged[logged] = replace(known, measured=unsigned, source_run_id="")
    assert "does not tell which run" in gate(held, "metrics.loss2 <= 0.3")[1]


def test_several_datasets(held: Cli, registry: FakeRegistry, logged: str) -> None:
    """A metric that datasets disagree on cannot be told; the way to name one is."""
    other = registry.run()
    for number, (dataset, value) in enumerate({"train": 0.99, "test": 0.7}.items()):
        registry.measure(other, "f1", [Measurement(number, 0, value)], model_id=logged, dataset=dataset)
    code, detail = gate(held, "metrics.f1 >= 0.5")
    assert (code, "on train says 0.99" in detail, 'metrics."f1 (train)"' in detail) == (9, True, True)
    assert gate(held, 'metrics."f1 (test)" >= 0.6')[0] == 0
    assert gate(held, 'metrics."f1 (train)" >= 1')[0] == 8


@pytest.mark.parametrize("condition", ["metrics.auc >= 0.1", 'run.status == "FINISHED"', 'params.depth == "8"'])
def test_a_deleted_run(held: Cli, registry: FakeRegistry, condition: str) -> None:
    """Tells a gate nothing."""
    registry.delete_run(registry.get_version("churn", 2).run_id)
    code, detail = gate(held, condition)
    assert (code, "is deleted" in detail) == (9, True)


def test_an_unquoted_condition(held: Cli, registry: FakeRegistry) -> None:
    """The shell took the >= away and left an argument: what helps is the quote, wherever the option stands."""
    for args in (
        ["churn/2", "champion", "--require", "metrics.auc", "0.92"],
        ["--require", "age", "churn/2", "@champion", "x"],
    ):
        refused = held("model", "promote", *args)
        assert (refused.code, "quote it, the shell took" in refused.stderr) == (2, True)
    assert champion(registry) == 1


@pytest.mark.parametrize(
    "args",
    [
        ("model", "tag", "set", "churn/1", "mlreg_move_1=x"),
        ("model", "tag", "set", "churn", "mlreg_move_1=x"),
        ("model", "tag", "delete", "churn/1", "mlreg_move_1"),
        ("model", "register", "churn", "s3://b", "--tag", "mlreg_move_1=x"),
        ("model", "create", "new", "--tag", "mlreg_move_1=x"),
        ("model", "update-version", "churn", "-v", "1", "-m", "mlreg_move_1", "x"),
        ("model", "update-version", "churn", "-v", "1", "-rm", "mlreg_move_1"),
        ("model", "register-version", "churn", "-u", "s3://b", "-m", "mlreg_move_1", "x"),
        ("model-registry", "models", "update", "churn", "-t", "mlreg_move_1", "x"),
        ("model-registry", "models", "register", "new", "-t", "mlreg_move_1", "x"),
    ],
)
def test_nobody_writes_the_journal(held: Cli, args: tuple[str, ...]) -> None:
    """Its tags are made by moves alone."""
    refused = held(*args)
    assert (refused.code, "is the journal's" in refused.stderr) == (2, True), refused.stderr


def test_a_move_is_signed_for_the_server_it_was_made_on(lab: Cli, registry: FakeRegistry) -> None:
    """Not with the user of the active stack, nor does what that lacks make a move fail which is made."""
    lab("tracker", "register", "mine", "https://mine.example", "--tracking-username=ada", "--tracking-password=x")
    lab(
        "tracker",
        "register",
        "other",
        "https://b.example",
        "--tracking-username={{s.u}}",
        "--tracking-password={{s.p}}",
    )
    lab("stack", "use", "other")
    assert lab("model", "transition", "mine::churn/1", "Staging").code == 0
    assert lab("model", "transition", "lab::churn/2", "Staging").code == 0
    signed = [row["by"] for row in lab("model", "history", "mine::churn", "-o", "json").json]
    assert "ada" in signed
    assert not any("{{" in by for by in signed)


def test_a_stage_that_two_versions_share(lab: Cli, registry: FakeRegistry) -> None:
    """When the newer one leaves, the other one is there still: nothing has moved outside mlreg."""
    for ref in ("churn/1", "churn/2"):
        lab("model", "transition", ref, "Staging")
    lab("model", "transition", "churn/2", "Archived")
    told = lab("model", "history", "churn/Staging", "-o", "json").json
    assert [(row["act"], row["previous"], row["version"]) for row in told] == [
        ("transition", 2, 1),
        ("transition", 1, 2),
        ("transition", None, 1),
    ]
    assert lab("model", "rollback", "churn/Staging").stdout == "churn/2\n"
