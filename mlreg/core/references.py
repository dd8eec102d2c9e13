"""The two grammars a user types: references to models (`churn@champion`) and placeholders (`{{secret.key}}`)."""

import re
from typing import Final, Literal

from mlreg.core.errors import Usage, did_you_mean
from mlreg.core.records import dataclass

STAGES: Final = ("None", "Staging", "Production", "Archived")
COMPONENT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SECRET_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")

# Patterns that few commands need are compiled when they are (re keeps them then).
_STACK_PREFIX = r"([A-Za-z0-9][A-Za-z0-9_-]{0,63})::(.*)"
_ALIAS = r"[\w-]{1,255}"
_RESERVED_ALIAS = r"latest|v\d+"
_PLACEHOLDER = r"\{\{\s*([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([A-Za-z_][A-Za-z0-9_-]{0,63})\s*\}\}"
_NEARLY_PLACEHOLDER = r"\{\{|\}\}|\{[^{}]*\.[^{}]*\}"
_GRAMMAR = "a reference is NAME, NAME/7, NAME@alias, NAME/Production or NAME/latest (see: mlreg help references)"

SelectorKind = Literal["version", "alias", "stage", "latest"]


@dataclass(frozen=True, slots=True)
class Selector:
    """What comes after a model's name: a version number, an alias, a stage, or `latest`."""

    kind: SelectorKind
    value: str

    def __str__(self) -> str:
        return f"@{self.value}" if self.kind == "alias" else f"/{self.value}"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model, or with a selector one version of it; `stack` when it names another stack than the active one."""

    name: str
    selector: Selector | None = None
    stack: str | None = None

    def __str__(self) -> str:
        return f"{self.name}{self.selector or ''}"


def parse_ref(text: str) -> ModelRef:
    """Read a reference in any of its spellings, with or without `models:/` and `STACK::` in front.

    `NAME/` is the model itself, whose name may then have an `@` in it.
    Raises Usage for what the grammar does not know; the text is quoted in the message.
    """
    stack, rest = _split_stack(text)
    rest = rest.removeprefix("models:").lstrip("/") if rest.startswith("models:/") else rest
    if rest.endswith("/"):
        return ModelRef(model_name(rest[:-1], text), None, stack)
    for mark in "/", ":", "@":
        name, found, selected = rest.rpartition(mark)
        if found:
            return ModelRef(model_name(name, text), _selector(mark, selected, text), stack)
    return ModelRef(model_name(rest, text), None, stack)


def parse_model(text: str) -> ModelRef:
    """Read a model's name where no version may follow, so that `@` is a letter like any other."""
    stack, rest = _split_stack(text)
    rest = rest.removeprefix("models:").lstrip("/") if rest.startswith("models:/") else rest
    return ModelRef(model_name(rest.removesuffix("/"), text), None, stack)


def model_name(name: str, text: str | None = None) -> str:
    """Return `name` if MLflow would take it as a registered model's name; raises Usage otherwise."""
    if not name.strip():
        raise Usage(f"'{text or name}' names no model", hint=_GRAMMAR)
    if "/" in name or ":" in name or name in (".", ".."):
        raise Usage(
            f"'{text or name}' is not a model's name",
            cause="MLflow allows neither '/' nor ':' in the name of a model",
            hint=_GRAMMAR,
        )
    return name


def logged_model_name(name: str) -> str:
    """Return the nearest name that MLflow 3 takes for a logged model, which may be less than a model's.

    Rules: `mlflow/utils/validation.py`, `_validate_logged_model_name`.
    """
    return re.sub("""[/:.%"']""", "_", name)


def _split_stack(text: str) -> tuple[str | None, str]:
    match = re.fullmatch(_STACK_PREFIX, text, re.DOTALL)
    return (match[1], match[2]) if match else (None, text)


def _selector(mark: str, value: str, text: str) -> Selector:
    if mark == "@":
        return Selector("alias", check_alias(value))
    if value.isascii() and value.isdigit():
        return Selector("version", str(int(value)))
    if mark == "/" and value.lower() == "latest":
        return Selector("latest", "latest")
    stage = find_stage(value)
    if mark == "/" and stage:
        return Selector("stage", stage)
    cause = "after ':' stands a version number" if mark == ":" else f"'{value}' is neither a number, a stage nor latest"
    near = did_you_mean(value.capitalize(), STAGES) if mark == "/" else None
    raise Usage(f"cannot read the reference '{text}'", cause=cause, hint=near or _GRAMMAR)


def find_stage(text: str) -> str | None:
    """Return the stage's canonical spelling whatever its case, or None."""
    return next((stage for stage in STAGES if stage.lower() == text.lower()), None)


def check_stage(text: str) -> str:
    """Return the stage's canonical spelling; raises Usage with the nearest stage."""
    stage = find_stage(text)
    if stage is None:
        near = did_you_mean(text.capitalize(), STAGES)
        raise Usage(f"'{text}' is not a stage", cause=f"MLflow's stages are {', '.join(STAGES)}", hint=near)
    return stage


def check_alias(text: str) -> str:
    """Return an alias MLflow would accept, without the `@` it may be written with; raises Usage otherwise.

    Rules: `mlflow/utils/validation.py` (letters, digits, `_` and `-`; at most 255; not `latest`, not `v7`).
    """
    alias = text.removeprefix("@")
    if not alias:
        raise Usage("there is no alias after '@'", hint=_GRAMMAR)
    if not re.fullmatch(_ALIAS, alias):
        raise Usage(f"'{text}' is not an alias", cause="MLflow allows letters, digits, '_' and '-', at most 255")
    if re.fullmatch(_RESERVED_ALIAS, alias, re.IGNORECASE):
        raise Usage(f"the alias '{alias}' is reserved", cause="MLflow keeps 'latest' and 'v<number>' for itself")
    return alias


def check_component_name(kind: str, name: str) -> str:
    """Return a name fit for a tracker, stack or secret; raises Usage otherwise."""
    if not COMPONENT_NAME.fullmatch(name):
        raise Usage(
            f"'{name}' cannot name a {kind}",
            cause="a name starts with a letter or digit, then letters, digits, '_' and '-', at most 64",
        )
    if kind in ("stack", "tracker") and name == "models":
        raise Usage(f"no {kind} can be called 'models'", cause="models::NAME would read like a models:/ URI")
    return name


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{{secret.key}}`: stands for a value in a secret until a request needs it."""

    secret: str
    key: str

    def __str__(self) -> str:
        return "{{" + f"{self.secret}.{self.key}" + "}}"


def parse_placeholder(field: str, text: str) -> Placeholder | None:
    """Read a whole value as a placeholder; None when it is a plain text.

    Raises Usage for a near miss (`{{a}}`, `{a.b}`, text around it): a typo must not become the password.
    The message names the field and never the value.
    """
    match = re.fullmatch(_PLACEHOLDER, text)
    if match:
        return Placeholder(match[1], match[2])
    if re.search(_NEARLY_PLACEHOLDER, text):
        raise Usage(
            f"the value of {field} looks like a placeholder but is none",
            cause="a placeholder is the whole value: {{secret.key}}, with a secret's name and one of its keys",
            hint=f"quote it for the shell: '--{field.replace('_', '-')}={{{{my_secret.my_key}}}}'",
        )
    return None
