"""Moments as people type them: `7d` ago, `2026-11-01`, `2026-11-01T10:30:00+02:00`; without a zone they are UTC."""

import calendar
import re
from typing import Final

from mlreg.core.errors import Usage

_AGO = re.compile(r"(\d{1,6})\s?(s|min|m|h|d|w)")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)
_SECONDS: Final = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment(option: str, text: str, now: int) -> int:
    """Read a moment as milliseconds since the epoch, as `now` is; raises Usage, which names the option."""
    if ago := _AGO.fullmatch(text.strip()):
        return now - int(ago[1]) * _SECONDS[ago[2]] * 1000
    written = _MOMENT.fullmatch(text.strip())
    found = _calendar(written) if written else None
    if found is None:
        raise Usage(f"{option}: '{text}' is no moment", hint=f"{option} 7d (also 12h, 30min), {option} 2026-01-31")
    return found


def _calendar(written: re.Match[str]) -> int | None:
    """The milliseconds of a moment in the calendar; None for one that no calendar has, such as 30 February."""
    year, month, day, hour, minute, second = (int(part or 0) for part in written.groups()[:6])
    if not (year and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    east = _seconds_east(written[8] or "Z")
    if hour > 23 or minute > 59 or second > 60 or east is None:
        return None
    seconds = calendar.timegm((year, month, day, hour, minute, second)) - east
    return seconds * 1000 + int((written[7] or "").ljust(3, "0")[:3])


def _seconds_east(zone: str) -> int | None:
    """How far a zone (`Z`, `+02:00`, `-0730`) is ahead of UTC; None for one that is nowhere."""
    if zone in ("Z", "z"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
