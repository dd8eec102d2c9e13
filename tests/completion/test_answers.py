"""What is offered for the word at the cursor, from the command tree and the names cache; no shell is needed here."""

from pathlib import Path

import pytest

from mlreg.cli.render import FORMATS
from mlreg.completion.answer import answer, complete
from mlreg.completion.known import Known
from tests.completion.conftest import Ask
from tests.completion.shelf import SERVER, Shelf

OF_CHURN = ["churn/9", "churn/8", "churn/7", "churn/6", "churn/5", "churn/4", "churn/3", "churn/2", "churn/1"]
STAGES_OF_CHURN = ["churn/Archived", "churn/Production", "churn/Staging", "churn/latest"]

LINES = {
    # commands and options
    ("sta",): ["status", "stack"],
    ("model", "al"): ["alias"],
    ("model", "alias", ""): ["list", "set", "delete"],
    ("stack", "list", "--no-pr"): ["--no-project"],
    ("stack", "list", "--dry"): [],
    ("stack", "use", "--dry"): ["--dry-run"],
    ("--no_i",): ["--no_input"],
    ("--he",): ["--help"],
    ("model", "show", "--he"): ["--help"],
    ("tracker", "register", "x", "--tracking_u"): ["--tracking_uri", "--tracking_username"],
    ("stack", "register", "--exp"): ["--experiment-tracker", "--experiment"],
    ("-s", "prod", "stack", "li"): ["list"],
    ("--stack=prod", "-q", "stack", "li"): ["list"],
    # values of options, in every way to write them
    ("model", "list", "--output", ""): [*FORMATS],
    ("model", "list", "--output=j"): ["--output=json"],
    ("model", "list", "-oj"): ["-ojson"],
    ("model", "list", "-qoj"): [],
    ("model", "list", "-o", "y"): ["yaml"],
    ("--color=",): ["--color=auto", "--color=always", "--color=never"],
    ("-s", "p"): ["prod"],
    ("model", "list", "--stack=p"): ["--stack=prod"],
    ("model", "list", "--tracker", ""): ["lab", "prod"],
    ("stack", "register", "new", "-t", "l"): ["lab"],
    ("stack", "register", "new", "--experiment_tracker=l"): ["--experiment_tracker=lab"],
    # components
    ("tracker", "show", ""): ["lab", "prod"],
    ("tracker", "register", ""): [],
    ("stack", "use", ""): ["lab", "prod", "cloned"],
    ("use", "c"): ["cloned"],
    ("secret", "show", ""): ["team", "gateway"],
    ("secret", "get", "team", ""): ["username", "password"],
    ("secret", "update", "-k", ""): ["username", "password", "token"],
    ("secret", "update", "gateway", "--unset", ""): ["token"],
    ("secret", "update", "team", "--from-env", "p"): ["password="],
    ("secret", "update", "team", "--from-file", "p"): ["password="],
    ("tracker", "register", "x", "--tracking-token={{g"): ["--tracking-token={{gateway.token}}"],
    # models and references
    ("model", "versions", "ch"): ["chaff", "churn"],
    ("model", "versions", "churn"): ["churn"],
    ("model", "show", "ch"): ["chaff", "churn"],
    ("model", "show", "chu"): [
        *("churn", "churn@challenger", "churn@champion"),
        *OF_CHURN[:5],
        *STAGES_OF_CHURN,
    ],
    ("model", "download", "chu"): ["churn@challenger", "churn@champion", *OF_CHURN[:5], *STAGES_OF_CHURN],
    ("model", "show", "churn/"): [*OF_CHURN, *STAGES_OF_CHURN],
    ("model", "show", "churn/P"): ["churn/Production"],
    ("model", "show", "churn:"): [each.replace("/", ":") for each in OF_CHURN],
    ("model", "show", "churn@"): ["churn@challenger", "churn@champion"],
    ("model", "show", "churn@champ"): ["churn@champion"],
    ("model", "show", "models:/churn@champ"): ["models:/churn@champion"],
    ("model", "show", "models:"): ["models:/"],
    ("model", "show", "pro"): ["prod::"],
    ("model", "show", "prod::fraud-eu/"): ["prod::fraud-eu/3", "prod::fraud-eu/latest"],
    ("model", "show", "prod::models:/fraud-eu@l"): ["prod::models:/fraud-eu@live"],
    ("--stack", "prod", "model", "versions", ""): ["fraud-eu"],
    ("model", "versions", "--tracker=prod", ""): ["fraud-eu"],
    ("--stack", "nowhere", "model", "versions", ""): [],
    ("model", "alias", "delete", "chu"): ["churn@challenger", "churn@champion"],
    ("model", "alias", "set", "fraud/2", ""): ["champion", "old", "challenger", "chaff", "churn", "fraud"],
    ("model", "alias", "set", "fraud/2", "@c"): ["@champion", "@challenger"],
    ("model", "transition", "churn:7", "prod"): ["Production", "prod::"],
    ("model", "transition", "churn/7", "churn/8", "A"): ["Archived"],
    ("model", "get-version", "churn", "-v", ""): [each.partition("/")[2] for each in OF_CHURN],
    ("models", "versions", "fr"): ["fraud"],
    ("model", "list", "--metrics", "auc,"): ["auc,auc", "auc,loss", "auc,val/auc"],
    ("model", "list", "--metrics=lo"): ["--metrics=loss"],
    # other words
    ("help", "ref"): ["references"],
    ("completion", ""): ["bash", "zsh", "fish"],
    ("no-such-command", ""): [],
    ("model", "versions", "--no-such-option", "fra"): ["fraud"],
}


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_words(ask: Ask, words: tuple[str, ...]) -> None:
    """What may stand at the cursor is offered, in order, and nothing else."""
    assert list(ask(*words)) == LINES[words]


@pytest.mark.parametrize(
    ("words", "word", "note"),
    [
        (("model", "show", "churn/8"), "churn/8", "Staging, @challenger"),
        (("model", "show", "churn@champ"), "churn@champion", "version 7"),
        (("model", "show", "churn/lat"), "churn/latest", "version 9"),
        (("model", "versions", "chu"), "churn", "@challenger 8, @champion 7"),
        (("stack", "use", "pr"), "prod", "tracker prod"),
        (("stack", "use", "--dry"), "--dry-run", "Decide and say everything, change nothing."),
        (("st",), "stack", "Named sets of a tracker and its settings; one is active."),
    ],
)
def test_notes(ask: Ask, words: tuple[str, ...], word: str, note: str) -> None:
    """Shells that show it are told what a candidate is."""
    assert ask(*words)[word] == note


@pytest.mark.parametrize(
    ("words", "how"),
    [
        (("stack", "import", "pa"), "file 0"),
        (("stack", "import", "--file=pa"), "file 7"),
        (("tracker", "register", "x", "--tracking-ca-cert", ""), "file 0"),
        (("secret", "register", "x", "--from-file", "key=pa"), "file 4"),
        (("secret", "register", "x", "--from-file=key=pa"), "file 16"),
        (("model", "download", "churn/7", ""), "directory 0"),
        (("secret", "register", "x", "--", ""), "program 4"),
        (("run", "--stack", "prod", "--", "python", ""), "program 4"),
        (("secret", "register", "x", "--", "vault", "re"), "program 4"),
    ],
)
def test_what_the_shell_knows_is_left_to_it(shelf: Shelf, words: tuple[str, ...], how: str) -> None:
    """Files, directories, and all that belongs to another program."""
    assert answer("fish", list(words), Known(shelf.environ)) == how


def test_after_two_dashes_come_arguments(ask: Ask) -> None:
    """Where no program follows, what begins with a dash is no option there."""
    assert list(ask("model", "versions", "--", "-")) == []
    assert list(ask("model", "versions", "--", "fr")) == ["fraud"]


def test_a_name_like_an_option_after_two_dashes(shelf: Shelf, ask: Ask) -> None:
    """There it is a name as it stands."""
    shelf.put_models(["-rf\t\t1="])
    assert list(ask("model", "versions", "--", "-")) == ["-rf"]
    assert list(ask("model", "show", "--", "-")) == ["-rf", "-rf/1", "-rf/latest"]


def test_names_that_would_be_read_otherwise(shelf: Shelf, ask: Ask) -> None:
    """A model called like an option is offered as a URI, and like a tag where tags stand."""
    shelf.put_models(["-rf\t\t1=", "a=b\t\t1="])
    assert list(ask("model", "versions", "")) == ["models:/-rf", "a=b"]
    assert list(ask("model", "tag", "set", "models:/a")) == ["models:/a=b", "models:/a=b/1", "models:/a=b/latest"]
    assert "models:/a=b" in ask("model", "tag", "set", "")


def test_a_name_with_an_at_sign(shelf: Shelf, ask: Ask) -> None:
    """Where it would name an alias, a slash ends it; where it is a model's name, it is one."""
    shelf.put_models(["a@b\tx=1\t1="])
    assert list(ask("model", "show", "a")) == ["a@b/", "a@b@x", "a@b/1", "a@b/latest"]
    assert list(ask("model", "versions", "a")) == ["a@b"]


@pytest.mark.parametrize("name", ["a\x1b]0;owned\x07", "line\x85break", "right\u202eleft", "nul\x00"])
def test_what_a_terminal_would_obey_is_not_offered(shelf: Shelf, ask: Ask, name: str) -> None:
    """Control and format characters never reach the screen, whatever is in the cache."""
    shelf.put_models([f"{name}\t\t1=", f"churn\tx{name}=1\t1={name}"])
    assert list(ask("model", "versions", "")) == ["churn"]
    assert name not in "".join(ask("model", "show", "churn@"))


@pytest.mark.parametrize(
    ("environ", "offered"),
    [
        ({"MLREG_STACK": "prod"}, ["fraud-eu"]),
        ({"MLREG_STACK": "nowhere"}, []),
        ({}, ["fraud"]),
    ],
)
def test_the_environment_chooses_the_stack(ask: Ask, environ: dict[str, str], offered: list[str]) -> None:
    """MLREG_STACK, then the active stack."""
    assert list(ask("model", "versions", "fr", **environ)) == offered


def test_mlflows_own_settings(shelf: Shelf, ask: Ask) -> None:
    """Without any tracker the names are those of the server that MLflow's variables name, and of no other."""
    shelf.put_components(["active\t"])
    shelf.put_models(["mine\t\t1="], stack="env", server="https://h/mlflow")
    assert list(ask("model", "versions", "", MLFLOW_TRACKING_URI="https://ada:secret@h/mlflow?x=1")) == ["mine"]
    assert list(ask("model", "versions", "", MLFLOW_TRACKING_URI="https://other")) == []
    assert list(ask("model", "versions", "")) == []


def test_names_of_another_server_are_not_offered(shelf: Shelf, ask: Ask) -> None:
    """A tracker that was registered anew at another address has other models."""
    shelf.put_models(server="https://before.example.com")
    assert list(ask("model", "versions", "")) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"0\tother\tformat", b"1", b"1\tx\n", b"1\t\t\t\n\n\n\t\t\t"])
def test_broken_files_offer_nothing(shelf: Shelf, content: bytes, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Whatever is in the cache, completion says nothing and does not fail."""
    for file in shelf.folder.iterdir():
        file.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLREG_HOME", str(shelf.home))
        complete(["zsh", "model", "versions", ""])
    assert capfdbinary.readouterr().out in (b"", b"words")


def old(shelf: Shelf, *words: str) -> list[str]:
    """The files of the cache that are to be looked up anew after this question."""
    known = Known(shelf.environ)
    answer("zsh", list(words), known)
    return [Path(file).name for file in (known.old_components, known.old_models) if file]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("models.lab", "1\tx"),
        ("models.lab", f"1\t{SERVER}\tyesterday\nauc\nchurn\t\t1="),
        ("models.lab", f"1\t{SERVER}\t9999999999"),
        ("models.lab", f"1\t{SERVER}\t9999999999\nauc\nchurn"),
        ("components", "1"),
        ("components", "1\t- -\nactive\tlab\nstack"),
        ("components", "1\t- -\nactive\tlab\nwidget\tx"),
    ],
)
def test_a_damaged_file_counts_as_absent(shelf: Shelf, file: str, content: str) -> None:
    """Nothing of it is offered, and it is looked up anew."""
    shelf.home.joinpath("components.yaml").touch()
    shelf.put_components()
    assert old(shelf, "model", "versions", "") == []
    shelf.folder.joinpath(file).write_text(content)
    assert file in old(shelf, "model", "versions", "")


@pytest.mark.parametrize(("age_s", "files"), [(0, []), (3600, ["models.lab"]), (-3600, ["models.lab"])])
def test_names_grow_old(shelf: Shelf, age_s: float, files: list[str]) -> None:
    """What was listed long ago is old, and what a clock that went wrong says was listed later than now."""
    shelf.put_models(age_s=age_s)
    assert old(shelf, "model", "versions", "") == files


def test_missing_metrics_are_looked_up(shelf: Shelf) -> None:
    """Where none is known, who asks for metrics finds the file old, and nobody else."""
    shelf.put_models(metrics="")
    assert old(shelf, "model", "versions", "") == []
    assert old(shelf, "model", "list", "--metrics", "") == ["models.lab"]
    shelf.put_models()
    assert old(shelf, "model", "list", "--metrics", "") == []
