"""Options that `register` and `update` of a noun share: declared once, and read into the fields they name."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from mlreg.core.entries import MAPPINGS

Command = Callable[..., None]


def takes(options: Callable[..., None]) -> Callable[[Command], Command]:
    """Give a command the options that another function declares; it gets those that were typed as `given`."""

    def decorate(command: Command) -> Command:
        own = inspect.signature(command).parameters
        shared = inspect.signature(options).parameters

        @functools.wraps(command)
        def call(**values: Any) -> None:
            given = {name: values.pop(name) for name in shared}
            command(**values, given={name: value for name, value in given.items() if value not in (None, False)})

        call.__annotations__ = {
            **get_type_hints(options, include_extras=True),
            **get_type_hints(command, include_extras=True),
        }
        parameters = [
            *(parameter for parameter in own.values() if parameter.name != "given"),
            *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in shared.values()),
        ]
        hints = call.__annotations__
        call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
                for parameter in parameters
            ]
        )
        return call

    return decorate


def empty(fields: dict[str, Any]) -> bool:
    """Tell whether nothing was typed that would change a field."""
    return not any(value or field not in MAPPINGS for field, value in fields.items())
