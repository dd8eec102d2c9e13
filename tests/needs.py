"""need(condition, reason): what a machine lacks skips a test at home and fails it in CI."""

import os
from typing import Final

import pytest

# Taken at import, before any test has changed it.
ORIGINAL: Final[dict[str, str]] = dict(os.environ)


def need(condition: object, reason: str) -> None:
    """Skip the calling test, or fail it with CI=true, unless the condition holds."""
    if condition:
        return
    if ORIGINAL.get("CI") == "true":
        pytest.fail(f"with CI=true nothing may skip: {reason}")
    pytest.skip(reason)
