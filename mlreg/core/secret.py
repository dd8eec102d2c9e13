"""Secret: a text that shows itself as *** wherever it might leak."""

from collections.abc import Mapping
from typing import Any, Final

MASK: Final = "***"


def hide(text: str, headers: Mapping[str, str]) -> str:
    """Return a text from a server without the credentials that these headers carried there: some quote a request."""
    for sent in headers.values():
        scheme, _, value = sent.partition(" ")
        forms = [sent, value] if value else [sent]
        if scheme == "Basic":
            import base64

            login = base64.b64decode(value).decode("utf-8", "replace")
            forms += [login, login.partition(":")[2]]
        for form in forms:
            if form:
                text = text.replace(form, MASK)
    return text


class Secret(str):
    """A credential in memory.

    To everything that reads text (str, repr, format, json, logging, a traceback's locals) it *is* the text `***`;
    pickling or copying it gives just that text. Only `reveal()` gives the value.
    """

    __slots__ = ("_value",)
    _value: str

    def __new__(cls, value: str) -> "Secret":
        self = super().__new__(cls, MASK)
        self._value = value
        return self

    def reveal(self) -> str:
        """Return the value itself. Call it where the value is used and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __reduce_ex__(self, protocol: Any) -> tuple[type[str], tuple[str]]:
        return str, (MASK,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __bool__(self) -> bool:
        return bool(self._value)
