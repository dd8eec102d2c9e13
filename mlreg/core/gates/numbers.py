"""Numbers as people read them: exact, finite, with arithmetic that neither rounds nor raises.

Floats would make 0.3 less than 0.2 + 0.1, and a version would be refused for a digit that nobody can see.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

NUMBER: Final = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"

# MLflow's SQL stores write the largest float for an infinity, which is how one comes back.
_INFINITY: Final = 1797 * 10**305
# No float needs as many; what does would only make exact arithmetic slow.
_MAX_LENGTH: Final = 100
_ACTS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def number(text: str) -> Decimal | None:
    """Read a text as a finite number; None when it is none."""
    if len(text) > _MAX_LENGTH or not re.fullmatch(f"[+-]?{NUMBER}", text):
        return None
    value = Decimal(text)
    return value if value.copy_abs() < _INFINITY else None


def exact(value: float) -> Fraction | None:
    """A float as the decimal number it is written as; None when it is not finite, or MLflow's way to say so."""
    return _bounded(Fraction(repr(float(value)))) if math.isfinite(value) else None


def calculate(op: str, left: Fraction, right: Fraction) -> Fraction | None:
    """Return a result, or None for a division by zero and for what is as large as an infinity."""
    if op == "/" and not right:
        return None
    return _bounded(_ACTS[op](left, right))


def _bounded(value: Fraction) -> Fraction | None:
    return value if abs(value) < _INFINITY else None


def plain(value: Fraction, digits: int) -> str:
    """A number with at most so many significant digits, with an exponent only when it is very long."""
    context = Context(prec=digits)
    near = context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context)
    return f"{near:f}" if -7 < near.adjusted() < 17 else str(near).replace("E", "e")
