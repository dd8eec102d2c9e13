"""What a registry of Databricks cannot do is refused before anything is sent, with what does it there: every verb."""

from collections.abc import Callable, Iterator

import pytest

from tests.architecture.test_commands import VERBS
from tests.cli.conftest import Cli
from tests.databricks import TOKEN, Workspace, standing_in
from tests.servers import Server

SHORT, LONG = "churn", "main.ml.churn"
TO_ALIAS, TO_STAGE = "mlreg model alias set", "mlreg model transition"
ON_WORKSPACE, ON_CATALOG = "--registry-uri databricks for", "--registry-uri databricks-uc"

# One call of every verb with the reference `{}`, which has a stage or an alias where the verb takes a version.
WITH_REFERENCE = {
    "alias set": ("{}", "blue"),
    "compare": ("{}", "{}"),
    "delete": ("{}", "--yes"),
    "download": ("{}", "./there"),
    "history": ("{}",),
    "open": ("{}",),
    "plot": ("{}", "--metric", "auc", "--steps"),
    "promote": ("{}", "@champion"),
    "register": ("NAME-eu", "models:/{}"),
    "resolve": ("{}",),
    "rollback": ("{}",),
    "show": ("{}",),
    "tag delete": ("{}", "k"),
    "tag set": ("{}", "k=v"),
    "transition": ("{}", "Staging"),
    "update": ("{}", "-d", "x"),
    "verify": ("{}", "."),
    "wait": ("{}",),
}
# What else a verb can ask for that one of the two registries lacks: the call, what is lacking, what to do instead.
IN_CATALOG = [
    ("list --filter", ("list", "--filter", "name = 'x'"), "filters", ""),
    ("list --order-by", ("list", "--order-by", "name DESC"), "orders", ""),
    ("list --stage", ("list", "--stage", "Production"), "stages", "--alias champion"),
    ("promote", ("promote", f"{LONG}/1", "Production"), "stages", TO_ALIAS),
    ("register --stage", ("register", LONG, "s3://b/m", "--stage", "Staging"), "stages", TO_ALIAS),
    ("transition", ("transition", f"{LONG}/1", "Production"), "stages", TO_ALIAS),
    ("versions --filter", ("versions", LONG, "--filter", "run_id = 'x'"), "filters", ""),
    ("versions --order-by", ("versions", LONG, "--order-by", "name DESC"), "orders", ""),
    ("versions --stage", ("versions", LONG, "--stage", "Production"), "stages", "--alias champion"),
]
IN_WORKSPACE = [
    ("alias delete", ("alias", "delete", f"{SHORT}@champion"), "aliases", TO_STAGE),
    ("alias list", ("alias", "list", SHORT), "aliases", TO_STAGE),
    ("alias set", ("alias", "set", f"{SHORT}/1", "champion"), "aliases", TO_STAGE),
    ("list --alias", ("list", "--alias", "champion"), "aliases", "--stage Production"),
    ("promote", ("promote", f"{SHORT}/1", "@champion"), "aliases", TO_STAGE),
    ("register --alias", ("register", SHORT, "s3://b/m", "--alias", "champion"), "aliases", TO_STAGE),
    ("versions --alias", ("versions", SHORT, "--alias", "champion"), "aliases", "--stage Production"),
]
# One call of every verb that takes a model's name.
WITH_NAME = {
    "alias delete": ("{}@champion",),
    "alias list": ("{}",),
    "alias set": ("{}/1", "champion"),
    "create": ("{}",),
    "prune": ("{}", "--keep", "5", "--yes"),
    "rename": ("{}", "{}-eu"),
    "versions": ("{}",),
    **{verb: tuple(word.replace("{}", "{}/1") for word in args) for verb, args in WITH_REFERENCE.items()},
    "history": ("{}",),
    "rollback": ("{}@champion",),
}
# These name no model, and show whatever the registry has.
ALWAYS = {"holders", "list"}


@pytest.fixture
def workspace(plain_server: Server) -> Iterator[Workspace]:
    """Databricks, in front of the session's plain server."""
    with standing_in(plain_server) as running:
        yield running


@pytest.fixture
def refused(cli: Cli, workspace: Workspace) -> Callable[..., str]:
    """Run a verb on one of the registries; it must be refused unsent. What it says on stderr."""
    options = (f"--databricks-host={workspace.uri}", f"--tracking-token={TOKEN}")
    assert cli("tracker", "register", "catalog", "databricks", *options).code == 0
    assert cli("tracker", "register", "workspace", "databricks", *options, "--registry-uri=databricks").code == 0

    def call(tracker: str, *args: str) -> str:
        done = cli("model", *args, "--tracker", tracker)
        assert (done.code, done.stdout, workspace.asked) == (2, "", []), done.stderr
        return done.stderr

    return call


def filled(verb: str, args: tuple[str, ...], name: str, ref: str) -> list[str]:
    """The words of a call."""
    return [*verb.split(), *(word.replace("{}", ref).replace("NAME", name) for word in args)]


@pytest.mark.parametrize("verb", WITH_REFERENCE)
def test_a_stage_in_unity_catalog(refused: Callable[..., str], verb: str) -> None:
    """A version is in no stage there; an alias does the work, and the workspace registry has stages."""
    said = refused("catalog", *filled(verb, WITH_REFERENCE[verb], LONG, f"{LONG}/Production"))
    assert "Unity Catalog has no stages" in said
    assert f"{TO_ALIAS} {LONG}/" in said
    assert ON_WORKSPACE in said


@pytest.mark.parametrize("verb", WITH_REFERENCE)
def test_an_alias_in_the_workspace_registry(refused: Callable[..., str], verb: str) -> None:
    """A version has no aliases there; a stage does the work, and Unity Catalog has aliases."""
    said = refused("workspace", *filled(verb, WITH_REFERENCE[verb], SHORT, f"{SHORT}@champion"))
    assert "the Databricks workspace registry has no aliases" in said
    assert f"{TO_STAGE} {SHORT}/" in said
    assert ON_CATALOG in said


@pytest.mark.parametrize(
    ("args", "lacking", "instead"), [row[1:] for row in IN_CATALOG], ids=[r[0] for r in IN_CATALOG]
)
def test_unity_catalog(refused: Callable[..., str], args: tuple[str, ...], lacking: str, instead: str) -> None:
    """What else it lacks."""
    said = refused("catalog", *args)
    assert "Unity Catalog has no" in said
    assert lacking in said
    assert "hint:" in said
    assert instead in said


@pytest.mark.parametrize(
    ("args", "lacking", "instead"), [row[1:] for row in IN_WORKSPACE], ids=[r[0] for r in IN_WORKSPACE]
)
def test_the_workspace_registry(refused: Callable[..., str], args: tuple[str, ...], lacking: str, instead: str) -> None:
    """What else it lacks."""
    said = refused("workspace", *args)
    assert f"the Databricks workspace registry has no {lacking}" in said
    assert instead in said


@pytest.mark.parametrize("verb", WITH_NAME)
def test_names(refused: Callable[..., str], verb: str) -> None:
    """A name without levels is none in Unity Catalog, and one of three belongs there; the act may be refused first."""
    for tracker, name, instead in ("catalog", SHORT, "catalog.schema."), ("workspace", LONG, ON_CATALOG):
        said = refused(tracker, *filled(verb, WITH_NAME[verb], name, name))
        assert ("is no name in" in said and instead in said) or " has no " in said


def test_every_verb_is_here() -> None:
    """A verb that is added must say what it does where a registry lacks something."""
    assert WITH_NAME.keys() | ALWAYS == {path.removeprefix("model ") for path, _ in VERBS if path.startswith("model ")}
