"""How mlreg writes a value in YAML: in few lines, and quoted wherever a reader might take a text for another type."""

import re
import sys
from typing import Any

import yaml

_TEXT = "tag:yaml.org,2002:str"
_PLAIN = re.compile(r"[\w/.](?:[\w/.@+=~%&?;()-]|:(?=\S)| (?=[^\s#]))*")
# Numbers and truths to others: YAML 1.2 knows 1e3 and 0o7, YAML 1.1 on paper y and n.
_AMBIGUOUS = re.compile(r"[yYnN]|[-+.]?\d[\d_]*\.?[\d_]*(?:[eE][-+]?\d+)?|0[oOxXbB][\da-fA-F_]+")


def needs_lines(value: Any) -> bool:
    """Whether a value goes into lines of its own below its key, not beside it."""
    return isinstance(value, dict) and bool(value)


def inline_text(value: Any) -> str:
    """Write a value for the place beside its key, or within braces."""
    # As the only item of a list, since a bare scalar is dumped with an end-of-document mark.
    return _dump([value], flow=True)[1:-2]


def block_text(value: dict[str, Any], indent: int) -> str:
    """Write a mapping in lines, with its lists in one line each."""
    return _dump(value, flow=False, indent=indent)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) and not _AMBIGUOUS.fullmatch(text) and _stays_text(dumper, text)
    return dumper.represent_scalar(_TEXT, text, style=None if plain else '"')


def _stays_text(dumper: yaml.resolver.BaseResolver, text: str) -> bool:
    return bool(dumper.resolve(yaml.ScalarNode, text, (True, False)) == _TEXT)  # type: ignore[no-untyped-call]


def _represent_list(dumper: _Dumper, items: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)


def _dump(value: Any, *, flow: bool, indent: int = 2) -> str:
    written = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=flow,
        sort_keys=False,
        allow_unicode=True,
        indent=indent,
        width=sys.maxsize,
    )
    return str(written)
