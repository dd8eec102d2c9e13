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
        import io

        from dotenv import dotenv_values

        return _texts(dict(dotenv_values(stream=io.StringIO(text), interpolate=False)))
    return _texts(_yaml(text))


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
    values = {}
    for key, value in data.items():
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            raise Usage(f"the value of '{key}' is not a text")
        values[str(key)] = Secret(str(value))
    return values
