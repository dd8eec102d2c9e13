"""As much of MLflow's filters and orders as the registry in memory needs; the rest it refuses, as MLflow does."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from mlreg.core.errors import Usage
from mlreg.core.types import Model, Version

CONDITION: Final = re.compile(
    r"""(?:(?P<key>\w+)|tags?\.(?:`(?P<quoted>[^`]+)`|(?P<tag>[\w.]+)))"""
    r"""\s*(?P<how>=|LIKE)\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")(?:\s+AND\s+|\s*$)"""
)
MODEL_KEYS: Final[Mapping[str, Callable[[Model], Any]]] = {"name": lambda model: model.name}
MODEL_ORDERS: Final[Mapping[str, Callable[[Model], Any]]] = {
    **MODEL_KEYS,
    "last_updated_timestamp": lambda model: model.updated,
}
VERSION_KEYS: Final[Mapping[str, Callable[[Version], Any]]] = {
    "name": lambda version: version.name,
    "run_id": lambda version: version.run_id,
    "source_path": lambda version: version.source,
}
VERSION_ORDERS: Final[Mapping[str, Callable[[Version], Any]]] = {
    "name": lambda version: version.name,
    "version_number": lambda version: version.number,
    "creation_timestamp": lambda version: version.created,
}

T = TypeVar("T", Model, Version)


def search(
    items: Iterable[T],
    filter: str,
    order_by: Sequence[str],
    keys: Mapping[str, Callable[[T], Any]],
    orders: Mapping[str, Callable[[T], Any]],
) -> list[T]:
    """The items that a filter lets through, in this order; raises Usage for what MLflow does not know."""
    found, place = list(items), 0
    while place < len(filter):
        condition = CONDITION.match(filter, place)
        if not condition:
            raise refusal(f"Invalid clause(s) in filter string: {filter[place:]}")
        found = [item for item in found if met(condition, item, keys)]
        place = condition.end()
    for order in reversed(order_by):
        key, _, direction = order.partition(" ")
        if key not in orders:
            raise refusal(f"Invalid order by key '{key}' specified. Valid keys are {sorted(orders)}")
        found.sort(key=orders[key], reverse=direction == "DESC")
    return found


def met(condition: re.Match[str], item: T, keys: Mapping[str, Callable[[T], Any]]) -> bool:
    """Tell whether an item is as a condition says."""
    key, tag = condition["key"], condition["quoted"] or condition["tag"]
    if key and key not in keys:
        raise refusal(f"Invalid attribute key '{key}' specified. Valid keys are {sorted(keys)}")
    held = keys[key](item) if key else item.tags.get(tag)
    wanted = condition["single"] if condition["single"] is not None else condition["double"]
    if condition["how"] == "LIKE":
        pattern = re.escape(wanted).replace("_", ".").replace("%", ".*")
        return held is not None and bool(re.fullmatch(pattern, held, re.DOTALL))
    return bool(held == wanted)


def refusal(why: str) -> Usage:
    """What an adapter makes of MLflow's INVALID_PARAMETER_VALUE."""
    return Usage("the registry refuses", cause=why)
