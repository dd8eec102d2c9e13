"""Moments as people type them."""

from datetime import datetime

import pytest

from mlreg.core.errors import Usage
from mlreg.core.times import moment

NOW = 1_700_000_000_000
MINUTE = 60_000


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("0s", 0),
        ("90s", 1.5),
        ("30min", 30),
        ("30m", 30),
        ("12h", 12 * 60),
        ("7d", 7 * 24 * 60),
        ("2w", 14 * 24 * 60),
        (" 7 d ", 7 * 24 * 60),
    ],
)
def test_ago(text: str, ago: float) -> None:
    """A number with a unit is that long before now."""
    assert moment("--since", text, NOW) == NOW - ago * MINUTE


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-11-01", "2026-11-01T00:00:00+00:00"),
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("2026-11-01T10:30", "2026-11-01T10:30:00+00:00"),
        ("2026-11-01 10:30:15", "2026-11-01T10:30:15+00:00"),
        ("2026-11-01T10:30:15.123Z", "2026-11-01T10:30:15.123+00:00"),
        ("2026-11-01T10:30:15.1Z", "2026-11-01T10:30:15.100+00:00"),
        ("2026-11-01t10:30:15,123456z", "2026-11-01T10:30:15.123+00:00"),
        ("2026-11-01T10:30:00+02:00", "2026-11-01T10:30:00+02:00"),
        ("2026-11-01T10:30:00-0730", "2026-11-01T10:30:00-07:30"),
    ],
)
def test_the_calendar(text: str, iso: str) -> None:
    """A day, or a time of ISO 8601 in any zone; without a zone it is UTC."""
    assert moment("--since", text, NOW) == round(datetime.fromisoformat(iso).timestamp() * 1000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "7",
        "-7d",
        "7 years",
        "1.5h",
        "2026-02-30",
        "2026-13-01",
        "0000-01-01",
        "2026-11-01T24:00",
        "2026-11-01T10:60",
        "2026-11-01T10:30+25:00",
        "2026-11-01T10:30+02:99",
        "2026-11",
        "01.11.2026",
    ],
)
def test_no_moment(text: str) -> None:
    """What is in no calendar is refused, with the option and what it takes."""
    with pytest.raises(Usage) as caught:
        moment("--until", text, NOW)
    assert "--until" in caught.value.message
    assert "--until 7d" in str(caught.value.hint)
