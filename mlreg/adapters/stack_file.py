"""A shared stack as text: the component file's YAML, read as strictly as the component file itself."""

from collections.abc import Mapping
from typing import Any

from mlreg.adapters.yaml_dump import block_text
from mlreg.adapters.yaml_text import load


def text(data: Mapping[str, Any]) -> str:
    """Write components as a file has them."""
    return block_text(dict(data), indent=2)


def data(text: str, where: str) -> dict[str, Any]:
    """Read such a text; raises StoreBroken with line and column."""
    return load(text, where)
