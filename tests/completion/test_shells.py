"""TAB in real shells: what is inserted is, to the letter, the name that the command then gets, whatever the name is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.completion.shelf import MODELS, Shelf
from tests.completion.terminals import Terminal, opened, put_program

# Each is all that begins as it does, up to its last character.
HOSTILE = [
    *("my model", "two  spaces", "it's", "'q'", 'dou"ble', 'say "hi"', "back\\slash", "back`tick`s", "$HOME"),
    *("$(touch pwned)x", "`touch pwned`y", "${HOME}q", "; touch pwned", "| touch pwned", "&& touch pwned"),
    *("> pwned", "<(touch pwned)z", "{a,b}", "{{a.b}}", "[ab]", "*star*", "?x", "~root", "#hash", "%1", "^ab^c"),
    *("a!b", "!!", "wow!", "=ls", "a=b", "modèle", "模型", "(e:touch pwned:)", "\\n"),
]
TWINS = ("twin $(touch pwned) 1", "twin $(touch pwned) 2")
NAMES = ["bash", "zsh", "fish"]


@pytest.fixture(scope="module", params=NAMES)
def opened_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A shell in a directory with a file and a folder, and a program of its own."""
    home = tmp_path_factory.mktemp(request.param)
    put_program(home / "bin" / "zz-of-our-own", "true")
    home.joinpath("at-home.yaml").touch()
    with opened(request.param, home) as shell:
        shell.directory.joinpath("a file.yaml").touch()
        shell.directory.joinpath("folder of files").mkdir()
        put_program(shell.directory / "x$(touch pwned).sh", "true")
        yield shell
    assert not list(home.rglob("pwned"))


@pytest.fixture
def shell(opened_once: Terminal) -> Terminal:
    """A shell whose registry has well-behaved names, hostile ones, and one like an option, listed just now."""
    shelf = Shelf(opened_once.directory.parent / "mlreg")
    shelf.put_components()
    shelf.put_models([*MODELS, *(f"{name}\t\t1=" for name in (*HOSTILE, *TWINS, "-rf"))])
    return opened_once


def backslashed(text: str) -> str:
    """The text as it is typed without quotes."""
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in text)


def single(text: str, shell: str) -> str:
    """The text as it is typed in single quotes, which are still open."""
    if shell == "fish":
        text = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + text.replace("'", "'\\''" if shell != "fish" else "'")


def double(text: str, shell: str) -> str:
    """The text as it is typed in double quotes, which are still open."""
    special = '"\\$' if shell == "fish" else '"\\$`'
    return '"' + "".join(f"\\{letter}" if letter in special else letter for letter in text)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(shell: Terminal, name: str) -> None:
    """The command gets exactly the name, however it was begun: bare, or in single or double quotes."""
    begun = name[:-1]
    # In double quotes bash and zsh let nobody type a `!`; what is inserted there is right.
    kinds = ["bare", "single", "double"] if "!" not in begun else ["bare", "single"]
    typed = {"bare": backslashed(begun), "single": single(begun, shell.name), "double": double(begun, shell.name)}
    for kind in kinds:
        assert shell.run(f"mlreg model versions {typed[kind]}\t") == ["model", "versions", name], kind
    assert shell.run(f"mlreg model versions models:/{backslashed(begun)}\t") == ["model", "versions", f"models:/{name}"]


def test_what_several_hostile_names_have_in_common(shell: Terminal) -> None:
    """The part that is inserted when there are several is as harmless."""
    assert shell.run("mlreg model versions twi\t1\t") == ["model", "versions", TWINS[0]]
    assert shell.run("mlreg model versions twin\\ \t") == ["model", "versions", TWINS[0][:-1]]


def test_a_name_like_an_option(shell: Terminal) -> None:
    """It is written such that it is none."""
    assert shell.run("mlreg model versions models:/-r\t") == ["model", "versions", "models:/-rf"]


LINES = {
    "mlreg mod\tvers\tchu\t": ["model", "versions", "churn"],
    "mlreg --stack=p\t stack list": ["--stack=prod", "stack", "list"],
    "mlreg --stack p\tstack list": ["--stack", "prod", "stack", "list"],
    "mlreg -s p\tstack list": ["-s", "prod", "stack", "list"],
    "mlreg model list --outp\tj\t": ["model", "list", "--output", "json"],
    "mlreg model list --output=j\t": ["model", "list", "--output=json"],
    "mlreg model list -oj\t": ["model", "list", "-ojson"],
    "mlreg model list --no_i\t": ["model", "list", "--no_input"],
    "mlreg model show churn@champ\t": ["model", "show", "churn@champion"],
    "mlreg model show churn@ch\tm\t": ["model", "show", "churn@champion"],
    "mlreg model show churn/Prod\t": ["model", "show", "churn/Production"],
    "mlreg model show churn/la\t": ["model", "show", "churn/latest"],
    "mlreg model show fraud:2\t": ["model", "show", "fraud:2"],
    "mlreg model show models:/churn@champ\t": ["model", "show", "models:/churn@champion"],
    "mlreg model show lab::churn@champ\t": ["model", "show", "lab::churn@champion"],
    "mlreg model show la\tchurn@champ\t": ["model", "show", "lab::churn@champion"],
    "mlreg model show 'churn@champ\t": ["model", "show", "churn@champion"],
    'mlreg model show "churn@champ\t': ["model", "show", "churn@champion"],
    "mlreg model show churn\\@champ\t": ["model", "show", "churn@champion"],
    "mlreg model transition churn:7 Prod\t": ["model", "transition", "churn:7", "Production"],
    "mlreg model alias set churn/7 @cham\t": ["model", "alias", "set", "churn/7", "@champion"],
    "mlreg secret get te\tpass\t": ["secret", "get", "team", "password"],
    "mlreg tracker register x --tracking-token='{{ga\t": [
        "tracker",
        "register",
        "x",
        "--tracking-token={{gateway.token}}",
    ],
    "mlreg tracker register x --tracking-token=\tga\t": [
        "tracker",
        "register",
        "x",
        "--tracking-token={{gateway.token}}",
    ],
    "mlreg secret register x --from-file=key=a\t": ["secret", "register", "x", "--from-file=key=a file.yaml"],
    "mlreg secret register x --from-file key=a\t": ["secret", "register", "x", "--from-file", "key=a file.yaml"],
    "mlreg model list --metrics auc,lo\t": ["model", "list", "--metrics", "auc,loss"],
    "mlreg stack import a\t": ["stack", "import", "a file.yaml"],
    "mlreg stack import --file=a\t": ["stack", "import", "--file=a file.yaml"],
    "mlreg model download churn/7 fol\t": ["model", "download", "churn/7", "folder of files"],
    "mlreg secret register x -- zz-of\t-": ["secret", "register", "x", "--", "zz-of-our-own", "-"],
    "mlreg run -s prod -- zz-of-our-own a\t": ["run", "-s", "prod", "--", "zz-of-our-own", "a file.yaml"],
    "mlreg run -- ./x\t": ["run", "--", "./x$(touch pwned).sh"],
    "mlreg run -- ./fol\t": ["run", "--", "./folder of files"],
    "mlreg model versions zzz\t": ["model", "versions", "zzz"],
    "mlreg no-such-command a\t": ["no-such-command", "a"],
}


@pytest.mark.parametrize("typed", LINES)
def test_lines(shell: Terminal, typed: str) -> None:
    """Commands, options, values and references complete as they are typed, and nothing does where nothing is known."""
    assert [word.rstrip("/") for word in shell.run(typed)] == LINES[typed]


@pytest.mark.parametrize("begun", ["--tracking-token={{", "--tracking-token {{"])
def test_braces_that_are_not_quoted(shell: Terminal, begun: str) -> None:
    """A placeholder is completed where the shell takes it as it stands; fish, which does not, offers nothing."""
    typed, written = ("ga\t}}", "ga}}") if shell.name == "fish" else ("\tga\t", "gateway.token}}")
    expected = f"tracker register x {begun}{written}".split()
    assert shell.run(f"mlreg tracker register x {begun}{typed}") == expected


def test_a_single_brace(shell: Terminal) -> None:
    """What zsh and fish take for the beginning of a list does not become something else."""
    expected = "{{gateway.token}}" if shell.name == "bash" else "{}"
    typed = "{\tga\t" if shell.name == "bash" else "{\t}"
    assert shell.run(f"mlreg tracker register x --tracking-token {typed}")[-1] == expected


def test_files_below_the_home(shell: Terminal) -> None:
    """A path is completed as it is typed, with a tilde or a variable."""
    expected = str(shell.directory.parent / "at-home.yaml")
    for typed in ("~/at-\t", "$HOME/at-\t"):
        assert shell.run(f"mlreg stack import {typed}") == ["stack", "import", expected]
    assert shell.run("mlreg stack import --file=$HOME/at-\t") == ["stack", "import", f"--file={expected}"]


@pytest.mark.parametrize("name", NAMES)
def test_the_mlreg_of_the_line_answers(tmp_path: Path, name: str) -> None:
    """One that is not on PATH completes where its path is typed."""
    with opened(name, tmp_path) as shell:
        tmp_path.joinpath("bin", "mlreg").rename(shell.directory / "mlreg")
        for program in ("./mlreg", str(shell.directory / "mlreg"), "~/directory/mlreg"):
            assert "model" in shell.list(f"{program} mod\t sho\t", "show")


def test_lists(shell: Terminal) -> None:
    """Several candidates are listed; zsh and fish say what they are."""
    shown = shell.list("mlreg model show churn@\t\t\t", "@challenger" if shell.name == "bash" else "version 8")
    assert "@champion" in shown
    shown = shell.list("mlreg stack re\t\t\t", "rename")
    assert "register" in shown
    assert shell.name == "bash" or "Rename a stack" in shown


@pytest.mark.parametrize("breaks", [" \\t\\n", " \\t\\n\"'><=;|&(:", " \\t\\n\"'@><;|&(:", " \\t\\n\"'@><=;|&("])
def test_words_as_bash_breaks_them(tmp_path: Path, breaks: str) -> None:
    """Whatever COMP_WORDBREAKS is, which other completions change."""
    shelf = Shelf(tmp_path / "mlreg")
    shelf.put_components()
    shelf.put_models()
    quoted = breaks.replace("'", "\\'")
    with opened("bash", tmp_path) as shell:
        shell.type(f"COMP_WORDBREAKS=$'{quoted}'\r")
        for typed in (
            "mlreg --stack=p\t stack list",
            "mlreg model show models:/churn@champ\t",
            "mlreg model show fraud:2\t",
        ):
            assert shell.run(typed) == LINES[typed]


@pytest.mark.parametrize("function", ["_command_offset", "_comp_command_offset"])
def test_bash_completion_completes_the_other_program(tmp_path: Path, function: str) -> None:
    """Where it is loaded it is told at which word that begins."""
    with opened("bash", tmp_path) as shell:
        shell.type(f'{function}() {{ COMPREPLY=("${{COMP_WORDS[$1]}}-of-$COMP_CWORD-from-$1"); }}; set -u\r')
        assert shell.run("mlreg run -- git sta\t") == ["run", "--", "git", "git-of-4-from-3"]
        assert shell.run("mlreg run --stack=prod -- git sta\t")[-1] == "git-of-7-from-6"
        assert shell.run("mlreg run -- gi\t")[-1] == "gi-of-3-from-3"


def test_bash_lists_a_program_once(tmp_path: Path) -> None:
    """Though it is in two directories of PATH."""
    for directory in ("bin", "directory"):
        for name in ("zz-one", "zz-two"):
            put_program(tmp_path / directory / name, "true")
    with opened("bash", tmp_path) as shell:
        shell.type('PATH="$PWD:$PATH"\r')
        assert shell.list("mlreg run -- zz-\t\t", "zz-two").count("zz-one") == 1


def test_zsh_keeps_the_order(tmp_path: Path) -> None:
    """Candidates are listed as they were answered, each with its own note, and without one nothing follows it."""
    shelf = Shelf(tmp_path / "mlreg")
    shelf.put_components()
    shelf.put_models(["m%Bodel\tz=1 b=1 a=2\t2= 1="])
    with opened("zsh", tmp_path) as shell:
        rows = re.sub(r"\x1b\[\w|\r", "", shell.list("mlreg model show m\t\t\t", "m%Bodel/latest")).split("\n")
    listed = [" ".join(row.split()) for row in rows if row.startswith("m%Bodel")]
    assert listed[:6] == [
        "m%Bodel -- @z 1, @b 1, @a 2",
        "m%Bodel@z -- version 1",
        "m%Bodel@b -- version 1",
        "m%Bodel@a -- version 2",
        "m%Bodel/2 -- @a",
        "m%Bodel/1 -- @z, @b",
    ]


def test_zsh_loads_it_from_fpath(tmp_path: Path) -> None:
    """The file completions/_mlreg works where zsh's own completions are."""
    shelf = Shelf(tmp_path / "mlreg")
    shelf.put_components()
    with opened("zsh with fpath", tmp_path) as shell:
        assert shell.run("mlreg --stack=p\t stack list") == ["--stack=prod", "stack", "list"]
        assert shell.run("mlreg stack use p\t") == ["stack", "use", "prod"]
