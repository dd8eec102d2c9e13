"""mlreg at a desk: with a real keyring; and with MLflow programs beside it."""

from pathlib import Path

import pytest

from tests.cli_runner import Mlreg
from tests.plugin import registered
from tests.servers import Server


@pytest.fixture
def desk(mlreg: Mlreg, keyring_env: dict[str, str]) -> Mlreg:
    """mlreg in a home of its own whose keyring is real and unlocked."""
    mlreg.env.update(keyring_env)
    return mlreg


@pytest.fixture
def plugged(mlreg: Mlreg, tmp_path: Path) -> Mlreg:
    """mlreg in an environment in which MLflow finds its plugin, and says little."""
    mlreg.env.update(registered(tmp_path / "plugin"))
    mlreg.env.update(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false")
    return mlreg


@pytest.fixture
def office(desk: Mlreg, plugged: Mlreg, secure_server: Server) -> Mlreg:
    """A desk with the secure server as the tracker `prod`, its password in the keyring, and MLflow programs."""
    text = f"username={secure_server.username}\npassword={secure_server.password}\n"
    assert desk("secret", "register", "admin", "-f", "-", stdin=text).code == 0
    place = (secure_server.uri, f"--tracking-ca-cert={secure_server.ca_cert}")
    login = ("--tracking-username={{admin.username}}", "--tracking-password={{admin.password}}")
    assert desk("tracker", "register", "prod", *place, *login).code == 0
    return desk
