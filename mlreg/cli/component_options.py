"""Options that `register` and `update` of a noun share: declared once, and handed over as the fields they name."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mlreg.core.commands import option
from mlreg.core.entries import CREDENTIAL_FIELDS
from mlreg.core.errors import Usage

Command = Callable[..., None]

# Their own rules say more when one of these is empty.
_EMPTY_IS_TOLD_BELOW = (*CREDENTIAL_FIELDS, "tracking_uri")


def takes(options: Callable[..., None]) -> Callable[[Command], Command]:
    """Give a command the options that another function declares; it gets those that were typed as `given`."""
    return _sharing(options, _typed)


def given_by(options: Callable[..., object]) -> Callable[[Command], Command]:
    """Give a command the options that another function declares; it gets what that makes of them as `given`."""
    return _sharing(options, options)


def _sharing(options: Callable[..., object], read: Callable[..., object]) -> Callable[[Command], Command]:
    shared = inspect.signature(options).parameters

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def call(**values: Any) -> None:
            given = {name: values.pop(name) for name in shared}
            command(**values, given=read(**given))

        # What Typer reads a command's arguments and options from. The annotations are taken as they stand: in Python
        # 3.10 get_type_hints wraps those of parameters that default to None once more, and hides what Typer looks for.
        own = (parameter for parameter in inspect.signature(command).parameters.values() if parameter.name != "given")
        both = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared.values())]
        call.__annotations__ = {each.name: each.annotation for each in both}
        call.__signature__ = inspect.Signature(both)  # type: ignore[attr-defined]
        return call

    return decorate


def _typed(**values: Any) -> dict[str, Any]:
    """The options that were given; raises Usage for an empty one, which is no way to take a field away."""
    given = {name: value for name, value in values.items() if value not in (None, False)}
    for name, value in given.items():
        if value == "" and name not in _EMPTY_IS_TOLD_BELOW:
            raise Usage(f"{option(name)} is empty", hint=f"to take it away: update NAME --unset {option(name)[2:]}")
    return given
