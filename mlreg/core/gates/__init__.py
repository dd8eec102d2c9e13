"""Gates: conditions that a version must meet before it is moved. `parse` reads one, `evaluate` judges it."""

from mlreg.core.gates.evaluate import Result, Verdict, evaluate, overall
from mlreg.core.gates.facts import Facts, Source, Unknown
from mlreg.core.gates.parse import parse
from mlreg.core.gates.syntax import Condition, Field

__all__ = [
    "Condition",
    "Facts",
    "Field",
    "Result",
    "Source",
    "Unknown",
    "Verdict",
    "evaluate",
    "overall",
    "parse",
]
