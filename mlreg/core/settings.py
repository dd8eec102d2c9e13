"""A setting and who decided it: flag, then environment, then project file, then user file, then the default."""

import re
from collections.abc import Mapping

from mlreg.core.errors import Usage
from mlreg.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A resolved setting; `origin` is an option, a variable, a file or "default"."""

    name: str
    value: str
    origin: str


def resolve(
    name: str,
    default: str,
    environ: Mapping[str, str],
    *,
    flag: str | None = None,
    files: Mapping[str, str | None] | None = None,
) -> Setting:
    """Return what a setting is and where that comes from. `files` maps a file's name to its value, the strongest first.

    An empty variable counts as unset.
    """
    variable = f"MLREG_{name.upper()}"
    if flag is not None:
        return Setting(name, flag, f"--{name.replace('_', '-')}")
    if environ.get(variable):
        return Setting(name, environ[variable], variable)
    for file, value in (files or {}).items():
        if value is not None:
            return Setting(name, value, file)
    return Setting(name, default, "default")


def duration_s(text: str) -> float:
    """Read a duration such as 30s, 5m, 1h or 45 (seconds); raises Usage."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)?", text)
    if not match or float(match[1]) == 0:
        raise Usage(f"'{text}' is no duration", hint="--timeout 30s, or 5m")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"]
