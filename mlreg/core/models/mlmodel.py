"""What a model's MLmodel file says of it: the columns of its signature, and the flavors that can load it."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mlreg.core.errors import NotMlflow
from mlreg.core.ports import Artifacts

NAME: Final = "MLmodel"
MAX_SIZE: Final = 4 * 1024 * 1024

# Reads the content of such a file; raises NotMlflow.
Parse = Callable[[bytes], Mapping[str, Any]]


def read(artifacts: Artifacts, uri: str, parse: Parse) -> Mapping[str, Any]:
    """Return what the MLmodel file below a URI says; raises NotMlflow for one that MLflow never wrote."""
    content = b""
    for piece in artifacts.read(uri, NAME):
        content += piece
        if len(content) > MAX_SIZE:
            raise NotMlflow(f"{NAME} is larger than {MAX_SIZE // 1024**2} MiB")
    return parse(content)


def signature(said: Mapping[str, Any]) -> dict[str, str]:
    """Return the type of each column that goes in or comes out, and of each parameter: `inputs.age`: `long`.

    A model without a signature has none. Raises NotMlflow.
    """
    try:
        parts = said.get("signature") or {}
        return {
            key: kind
            for part in ("inputs", "outputs", "params")
            for key, kind in _columns(part, json.loads(parts.get(part) or "[]"))
        }
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise NotMlflow(f"the signature in {NAME} is not as MLflow writes it") from error


def flavors(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what each flavor says of itself: `sklearn.sklearn_version`: `1.5.0`. Raises NotMlflow."""
    try:
        return dict(_settings(said.get("flavors") or {}))
    except AttributeError as error:
        raise NotMlflow(f"the flavors in {NAME} are not as MLflow writes them") from error


def _columns(part: str, columns: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """A column without a name goes by its place."""
    for place, column in enumerate(columns):
        yield f"{part}.{column.get('name', place)}", _type(column)


def _type(column: Mapping[str, Any]) -> str:
    """The type of a column (`mlflow/types/schema.py`); what is made of other types is shown as MLflow writes it."""
    rest = {key: value for key, value in column.items() if key not in ("name", "required", "dtype")}
    kind = rest.pop("type", None) or column.get("dtype")
    tensor = rest.pop("tensor-spec", None)
    shown = f"{tensor['dtype']} {_compact(tensor['shape'])}" if tensor else str(kind)
    default = f" = {_compact(rest.pop('default'))}" if "default" in rest else ""
    inner = {key: value for key, value in rest.items() if value is not None}
    optional = "" if column.get("required", True) else ", optional"
    return f"{shown}{f' {_compact(inner)}' if inner else ''}{default}{optional}"


def _settings(flavors: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for flavor, said in flavors.items():
        known = {key: value for key, value in (said or {}).items() if value is not None}
        yield from ((f"{flavor}.{key}", _text(value)) for key, value in known.items())
        if not known:
            yield flavor, "yes"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
