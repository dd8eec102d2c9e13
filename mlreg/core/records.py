"""Frozen dataclasses that cost next to nothing to define, for a command that defines forty of them and makes a few."""

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: Literal[True], slots: Literal[True], kw_only: bool = False) -> Any:
        """As the standard library's, frozen and with slots, and without its price.

        That one writes and compiles the methods of every class, which takes up to a millisecond each before
        Python 3.13: a quarter of a short command. Here all classes share them; what pays is making an object, by a
        microsecond or two. Not for classes that are copied or pickled.
        """

        def made(cls: type[T]) -> type[T]:
            own = vars(cls).keys()
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
            for method in _SHARED:
                if method.__name__ not in own:
                    setattr(cls, method.__name__, method)
            return cls

        return made


class _Record:
    """What all classes share."""

    __dataclass_fields__: dict[str, dataclasses.Field[Any]]
    __match_args__: tuple[str, ...]

    def __init__(self, /, *args: Any, **given: Any) -> None:
        cls, names = type(self), self.__match_args__
        if len(args) > len(names):
            raise TypeError(f"{cls.__name__} takes {len(names)} positional arguments, not {len(args)}")
        for name, value in zip(names, args, strict=False):
            if name in given:
                raise TypeError(f"{cls.__name__}: {name} is given twice")
            given[name] = value
        for name, field in self.__dataclass_fields__.items():
            value = given.pop(name) if name in given else _default(cls, field)
            object.__setattr__(self, name, value)
        if given:
            raise TypeError(f"{cls.__name__} has no {', '.join(given)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __repr__(self) -> str:
        shown = [f"{name}={getattr(self, name)!r}" for name, field in self.__dataclass_fields__.items() if field.repr]
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(_compared(self))


def _default(cls: type, field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    raise TypeError(f"{cls.__name__}: {field.name} is missing")


def _compared(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name, field in record.__dataclass_fields__.items() if field.compare)


_SHARED = (
    _Record.__init__,
    _Record.__setattr__,
    _Record.__delattr__,
    _Record.__repr__,
    _Record.__eq__,
    _Record.__hash__,
)
