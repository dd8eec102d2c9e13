"""Changing a component field by field: what is named is set or taken away, everything else stays."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from mlreg.core.commands import SINGULAR
from mlreg.core.entries import MAPPINGS
from mlreg.core.errors import Usage, did_you_mean
from mlreg.core.types import Stack, Tracker

Component = TypeVar("Component", Tracker, Stack)

_PLURAL = {one: many for many, one in SINGULAR.items()}
_ALWAYS = ("name", "layer", "flavor", "tracking_uri", "tracker")


def changed(component: Component, given: Mapping[str, Any], unset: Sequence[str] = ()) -> Component:
    """Return a component with some fields taken away, then others set; tags and the like are added to those it has.

    Fields to take away are called as their options are, without dashes, and one tag `tag.KEY`. Raises Usage.
    """
    for name in unset:
        component = _without(component, name)
    merged = {
        field: {**getattr(component, field), **value} if field in MAPPINGS else value for field, value in given.items()
    }
    return _with(component, merged)


def _without(component: Component, name: str) -> Component:
    option, dot, key = name.lstrip("-").partition(".")
    field = option.replace("-", "_")
    field = _PLURAL.get(field, field)
    defaults = {item.name: item for item in dataclasses.fields(component) if item.name not in _ALWAYS}
    if field not in defaults or (dot and field not in MAPPINGS):
        known = [SINGULAR.get(other, other).replace("_", "-") for other in defaults]
        raise Usage(
            f"there is no field '{option}' to unset",
            cause=f"the fields are {', '.join(known)}",
            hint=did_you_mean(option.replace("_", "-"), known),
        )
    if dot:
        kept = {other: value for other, value in getattr(component, field).items() if other != key}
        return _with(component, {field: kept})
    return _with(component, {field: {} if field in MAPPINGS else defaults[field].default})


def _with(component: Component, values: Mapping[str, Any]) -> Component:
    return dataclasses.replace(component, **values)
