"""The ways a secret's values come in: --KEY=VALUE, the environment, files, standard input, a hidden prompt."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import field
from pathlib import Path

from mlreg.cli import prompt
from mlreg.cli.secret_text import parse
from mlreg.cli.session import Session
from mlreg.core.errors import Usage, did_you_mean
from mlreg.core.records import dataclass
from mlreg.core.secret import Secret

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Given:
    """A secret's name and the values typed beside it on the command line."""

    name: str
    values: dict[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where else values are: keys to ask for, KEY=VARIABLE, KEY=PATH, and a file with several."""

    ask: Sequence[str] = ()
    variables: Sequence[str] = ()
    files: Sequence[str] = ()
    file: str | None = None

    def __bool__(self) -> bool:
        return bool(self.ask or self.variables or self.files or self.file)


def split(words: Sequence[str], options: Sequence[str], command: str) -> Given:
    """Find the NAME among free --KEY=VALUE words, wherever it stands; a value is never shown.

    Raises Usage for a missing or second name, a --KEY without `=`, and a near miss of one of the command's options.
    """
    names = [word for word in words if not word.startswith("-")]
    typed = [_typed(word, options, command) for word in words if word.startswith("-")]
    if len(names) != 1:
        what = "names no secret" if not names else "names more than one secret, or has a value apart from its --KEY="
        raise Usage(f"the command {what}", hint=f"{command} NAME -k username -k password")
    return Given(names[0], dict(typed))


def collect(session: Session, given: Given, sources: Sources, command: str) -> dict[str, Secret]:
    """Gather all values, the typed ones first and the asked ones last. Standard input can be read once."""
    dashed = [key for key, value in given.values.items() if value.reveal() == STDIN]
    paths = dict(_pair(text, "--from-file", "PATH") for text in sources.files)
    if len(dashed) + [*paths.values(), sources.file].count(STDIN) > 1:
        raise Usage("only one value can come from standard input", hint="for several, KEY=VALUE lines with -f -")
    _warn_of_arguments(session, given, dashed, command)
    values = {key: read_value(session, STDIN) if key in dashed else value for key, value in given.values.items()}
    for key, variable in (_pair(text, "--from-env", "VARIABLE") for text in sources.variables):
        values[key] = _in_environment(session, key, variable)
    values |= {key: read_value(session, path, f"the file for '{key}'") for key, path in paths.items()}
    if sources.file is not None:
        values |= parse(read_text(session, sources.file))
    otherwise = f"{command} {given.name} -f - (reads KEY=VALUE lines from standard input)"
    return values | {key: prompt.hidden(session, f"{given.name}.{key}", otherwise) for key in sources.ask}


def ask_for_all(session: Session, name: str, command: str) -> dict[str, Secret]:
    """Ask for keys and their values until a key is empty."""
    otherwise = f"{command} {name} -f - (reads KEY=VALUE lines from standard input)"
    values: dict[str, Secret] = {}
    while key := prompt.shown(session, "key (empty to finish)", otherwise):
        values[key] = prompt.hidden(session, f"{name}.{key}", otherwise)
    return values


def read_value(session: Session, path: str, called: str | None = None) -> Secret:
    """Read one value: a whole file, or standard input, without one final line break."""
    return Secret(read_text(session, path, called).removesuffix("\n").removesuffix("\r"))


def read_text(session: Session, path: str, called: str | None = None) -> str:
    """Read a file, or standard input for `-`; warns of a file that others can read. Raises Usage.

    `called` is what an error says instead of the path, where a person may have typed the value in its place.
    """
    called = called or ("standard input" if path == STDIN else path)
    try:
        if path != STDIN:
            _warn_of_readers(session, Path(path))
            return Path(path).read_bytes().decode("utf-8-sig")
        if sys.stdin.isatty():
            session.out.say("reading from the terminal; end with Ctrl-D")
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except OSError as error:
        raise Usage(f"cannot read {called}", cause=error.strerror) from None
    except UnicodeDecodeError:
        raise Usage(f"{called} is not UTF-8 text") from None


def _typed(word: str, options: Iterable[str], command: str) -> tuple[str, Secret]:
    key, found, value = word.lstrip("-").partition("=")
    near = did_you_mean(f"--{key}", [option for option in options if len(option) > 3 and len(key) > 3])
    if not word.startswith("--") or not key:
        raise Usage("there is an option that does not exist", hint=f"{command} --help")
    if not found:
        hint = near or f"write --{key}=VALUE in one word, or -k {key} to be asked for it"
        raise Usage(f"--{key} has no value" if near is None else f"there is no option --{key}", hint=hint)
    if near and _is_slip(key, near):
        raise Usage(f"there is no option --{key}", hint=f"{near} For a key of that name: -k {key}")
    return key, Secret(value)


def _pair(text: str, option: str, what: str) -> tuple[str, str]:
    key, _, place = text.partition("=")
    if not key or not place:
        raise Usage(f"{option} takes KEY={what}", hint=f"{option} password=PASSWORD_{what}")
    return key, place


def _in_environment(session: Session, key: str, variable: str) -> Secret:
    if not session.runtime.environ.get(variable):
        # What stands there may be the value itself, given by mistake.
        raise Usage(f"the environment has no variable for '{key}', or an empty one", hint=f"--from-env {key}=VARIABLE")
    return Secret(session.runtime.environ[variable])


def _warn_of_arguments(session: Session, given: Given, dashed: Sequence[str], command: str) -> None:
    visible = [key for key in given.values if key not in dashed]
    if visible:
        session.out.warn(
            "a value given as an argument is visible to others while the command runs and stays in the shell's "
            f"history; next time: {command} {given.name} {' '.join(f'-k {key}' for key in visible)}"
        )


def _warn_of_readers(session: Session, path: Path) -> None:
    if sys.platform != "win32" and path.is_file() and path.stat().st_mode & 0o077:
        session.out.warn(f"others can read {path}; better: chmod 600 {path}")


def _is_slip(key: str, near: str) -> bool:
    """A key much like an option is taken for a slip of the fingers; the suggestion alone is looser than that."""
    import difflib

    option = near.partition("'--")[2].partition("'")[0]
    return difflib.SequenceMatcher(None, key.replace("_", "-"), option).ratio() >= 0.83
