"""mlreg at a desk: with a real keyring."""

import pytest

from tests.cli_runner import Mlreg


@pytest.fixture
def desk(mlreg: Mlreg, keyring_env: dict[str, str]) -> Mlreg:
    """mlreg in a home of its own whose keyring is real and unlocked."""
    mlreg.env.update(keyring_env)
    return mlreg
