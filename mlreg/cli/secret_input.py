"""The ways a secret's values come in: --KEY=VALUE, a hidden prompt, standard input, a file."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlreg.cli import prompt
from mlreg.cli.session import Session
from mlreg.core.errors import Usage, did_you_mean
from mlreg.core.secret import Secret


@dataclass(frozen=True, slots=True)
class Given:
    """A secret's name and the values typed beside it on the command line."""

    name: str
    values: dict[str, Secret] = field(default_factory=dict)


def split(words: Sequence[str], options: Sequence[str]) -> Given:
    """Find the NAME among free --KEY=VALUE words, wherever it stands; a value is never shown.

    Raises Usage for a missing or second name, a --KEY without `=`, and a near miss of one of the command's options.
    """
    names = [word for word in words if not word.startswith("-")]
    values = {}
    for word in words:
        if not word.startswith("-"):
            continue
        key, found, value = word.lstrip("-").partition("=")
        near = did_you_mean(f"--{key}", [option for option in options if len(option) > 3 and len(key) > 3])
        if not word.startswith("--") or not key:
            raise Usage("there is an option that does not exist", hint="mlreg secret register --help")
        if not found:
            hint = near or f"write --{key}=VALUE in one word, or -k {key} to be asked for it"
            raise Usage(f"--{key} has no value" if near is None else f"there is no option --{key}", hint=hint)
        if near and _is_slip(key, near):
            raise Usage(f"there is no option --{key}", hint=f"{near} For a key of that name: -k {key}")
        values[key] = Secret(value)
    if len(names) != 1:
        what = "names no secret" if not names else "names more than one secret, or has a value apart from its --KEY="
        raise Usage(f"the command {what}", hint="mlreg secret register NAME -k username -k password")
    return Given(names[0], values)


def collect(session: Session, given: Given, keys: Sequence[str], file: str | None) -> dict[str, Secret]:
    """Gather all values: from the command line, then a file or standard input, then by asking for `keys`."""
    values = dict(given.values)
    if any(value.reveal() == "-" for value in values.values()):
        values = _from_stdin(values)
    if file is not None:
        values.update(parse(_read(file)))
    if given.values:
        session.out.warn(
            "a value given as an argument is visible to others while the command runs and stays in the shell's "
            f"history; next time: mlreg secret register {given.name} {' '.join(f'-k {key}' for key in given.values)}"
        )
    otherwise = f"mlreg secret register {given.name} -f - (reads KEY=VALUE lines from standard input)"
    for key in keys:
        values[key] = prompt.hidden(session, f"{given.name}.{key}", otherwise)
    return values or _ask_for_all(session, given.name, otherwise)


def parse(text: str) -> dict[str, Secret]:
    """Read values from JSON, YAML or dotenv text, whichever it is; raises Usage without showing any of it."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return _texts(_json(stripped))
    first = next((line for line in stripped.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    before_equals, before_colon = first.partition("=")[0], first.partition(":")[0]
    if "=" in first and len(before_equals) < len(before_colon):
        import io

        from dotenv import dotenv_values

        return _texts(dict(dotenv_values(stream=io.StringIO(text), interpolate=False)))
    return _texts(_yaml(text))


def _from_stdin(values: dict[str, Secret]) -> dict[str, Secret]:
    """--KEY=- takes the value of that key from standard input, without one final line break."""
    dashed = [key for key, value in values.items() if value.reveal() == "-"]
    if len(dashed) > 1:
        raise Usage("only one value can come from standard input", hint="for several, KEY=VALUE lines with -f -")
    return {**values, dashed[0]: Secret(_read("-").removesuffix("\n").removesuffix("\r"))}


def _ask_for_all(session: Session, name: str, otherwise: str) -> dict[str, Secret]:
    values: dict[str, Secret] = {}
    while key := prompt.shown(session, "key (empty to finish)", otherwise):
        values[key] = prompt.hidden(session, f"{name}.{key}", otherwise)
    return values


def _read(file: str) -> str:
    try:
        if file != "-":
            return Path(file).read_text(encoding="utf-8")
        if sys.stdin.isatty():
            sys.stderr.write("reading from the terminal; end with Ctrl-D\n")
        return sys.stdin.buffer.read().decode("utf-8")
    except OSError as error:
        raise Usage(f"cannot read {file}", cause=error.strerror) from None
    except UnicodeDecodeError:
        raise Usage(f"{'standard input' if file == '-' else file} is not UTF-8 text") from None


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError:
        raise Usage("the input starts like JSON and is not valid JSON") from None


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts only
    except yaml.YAMLError:
        raise Usage("the input is neither KEY=VALUE lines, nor YAML, nor JSON") from None


def _texts(data: Any) -> dict[str, Secret]:
    if not isinstance(data, dict) or not data:
        raise Usage("the input has no keys", hint="KEY=VALUE lines, or a YAML or JSON mapping of texts")
    for key, value in data.items():
        if value is None or isinstance(value, (dict, list, bool)):
            raise Usage(f"the value of '{key}' is not a text")
    return {str(key): Secret(str(value)) for key, value in data.items()}


def _is_slip(key: str, near: str) -> bool:
    """A key much like an option is taken for a slip of the fingers; the suggestion alone is looser than that."""
    import difflib

    option = near.partition("'--")[2].partition("'")[0]
    return difflib.SequenceMatcher(None, key.replace("_", "-"), option).ratio() >= 0.83
