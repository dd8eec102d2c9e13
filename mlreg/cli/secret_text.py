"""Reading values out of a text: dotenv, YAML or JSON, whichever it is. No error shows any of it."""

from typing import Any

from mlreg.core.errors import Usage
from mlreg.core.secret import Secret


def parse(text: str) -> dict[str, Secret]:
    """Read values by key; raises Usage without showing any of them."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return _texts(_json(stripped))
    first = next((line for line in stripped.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    before_equals, before_colon = first.partition("=")[0], first.partition(":")[0]
    if "=" in first and len(before_equals) < len(before_colon):
        return _texts(_dotenv(text))
    return _texts(_yaml(text))


def _dotenv(text: str) -> dict[str, str | None]:
    """By dotenv's own parser, for what is built on it leaves out a line that it cannot read."""
    import io

    from dotenv.parser import parse_stream

    found = list(parse_stream(io.StringIO(text)))
    broken = [binding.original.line for binding in found if binding.error]
    if broken:
        raise Usage(f"line {broken[0]} of the input is not KEY=VALUE", hint="quote a value that has line breaks")
    for binding in found:
        _refuse_cut(binding.key or "", binding.value or "", binding.original.string)
    return {binding.key: binding.value for binding in found if binding.key}


def _refuse_cut(key: str, value: str, line: str) -> None:
    """A password that dotenv would shorten (at ` #`, or of its spaces) is refused rather than stored as another one."""
    written = line.partition("=")[2].rstrip("\r\n")
    if value != written and written.lstrip()[:1] not in ("'", '"'):
        raise Usage(
            f"the value of '{key}' has spaces around it or a ' #' in it, where dotenv would cut it",
            hint=f'put it in single quotes, or give it as it is: printf %s "$VALUE" | mlreg secret ... --{key}=-',
        )


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text, parse_float=str, parse_int=str)  # 1.10 is to stay what it is
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
    values = {}
    for key, value in data.items():
        if not isinstance(value, str):
            raise Usage(f"the value of '{key}' is not a text")
        values[str(key)] = Secret(value)
    return values
