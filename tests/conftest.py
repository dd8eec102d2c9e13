"""Fixtures of all tests: a clean environment, mlreg in a home of its own, real servers, a real keyring."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from tests import legacy, shared
from tests.cli_runner import Mlreg, clean_environment
from tests.needs import need
from tests.secret_service import SecretService, missing_programs
from tests.secret_service import secret_service as running_secret_service
from tests.servers import RECIPES, Server

SESSION: Final = pytest.StashKey[Path]()
VARIANTS: Final = {f"{variant}_server": variant for variant in RECIPES}

# What a person, a desktop or a CI service may have set, and mlreg or a library below it would obey.
FOREIGN: Final = re.compile(
    r"(MLREG|MLFLOW|DATABRICKS|XDG|GITHUB|GITLAB)_.*|CI|DISPLAY|DBUS_SESSION_BUS_ADDRESS|PYTHON_KEYRING_BACKEND"
    r"|NO_COLOR|FORCE_COLOR|(?i:(http|https|all|no)_proxy)"
)


def pytest_configure(config: pytest.Config) -> None:
    """Lease the session's servers in the process that runs pytest; the workers of pytest-xdist are told where."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # by nohup; programs that are started would ignore it too
        signal.signal(signal.SIGHUP, lambda *_: None)
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker:
        config.stash[SESSION] = Path(worker["mlreg_session"])
        return
    lease = ExitStack()
    config.add_cleanup(lease.close)
    config.stash[SESSION] = lease.enter_context(shared.leased())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the session's servers are."""
    node.workerinput["mlreg_session"] = str(node.config.stash[SESSION])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the servers that the chosen tests will ask for, all at once, while other tests run."""
    if session.config.option.collectonly:
        return
    asked = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    for fixture in asked & VARIANTS.keys():
        shared.launch(session.config.stash[SESSION], VARIANTS[fixture])


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing of the person, desktop or CI service that runs the tests reaches them."""
    for name in filter(FOREIGN.fullmatch, tuple(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def mlflow_state() -> Iterator[None]:
    """MLflow's process-wide settings are put back: its client reads and writes the environment."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def mlreg(clean_environ: None) -> Mlreg:
    """The real mlreg, run in a process and a home of its own."""
    home = Path(os.environ["HOME"])
    return Mlreg(home, clean_environment(home))


@pytest.fixture(scope="session")
def plain_server(pytestconfig: pytest.Config) -> Server:
    """An MLflow server over http that lets everybody in, shared by the whole session."""
    return shared_server(pytestconfig, "plain")


@pytest.fixture(scope="session")
def secure_server(pytestconfig: pytest.Config) -> Server:
    """An MLflow server over TLS with a private CA that asks for a password, shared by the whole session."""
    return shared_server(pytestconfig, "secure")


@pytest.fixture(scope="session")
def legacy_server(pytestconfig: pytest.Config) -> Server:
    """An MLflow 2.22 server over http, shared by the whole session."""
    return older_server(pytestconfig, "legacy")


@pytest.fixture(scope="session")
def oldest_server(pytestconfig: pytest.Config) -> Server:
    """A server over http of the oldest MLflow that mlreg supports, shared by the whole session."""
    return older_server(pytestconfig, "oldest")


@pytest.fixture(scope="session")
def workspaces_server(pytestconfig: pytest.Config) -> Server:
    """An MLflow server over http that has workspaces, shared by the whole session."""
    return shared_server(pytestconfig, "workspaces")


def older_server(config: pytest.Config, variant: str) -> Server:
    """Return the session's server of an older MLflow, where that can be installed."""
    try:
        legacy.interpreter(variant)
    except RuntimeError as missing:
        need(False, str(missing))
    return shared_server(config, variant)


def shared_server(config: pytest.Config, variant: str) -> Server:
    """Return the session's server of this variant."""
    shared.launch(config.stash[SESSION], variant)
    return shared.ready(config.stash[SESSION], variant)


@pytest.fixture
def secret_service() -> Iterator[SecretService]:
    """A real Secret Service with an empty, unlocked keyring, of this test alone."""
    need(not missing_programs(), f"not installed: {', '.join(missing_programs())}")
    with running_secret_service() as service:
        yield service


@pytest.fixture
def keyring_env(secret_service: SecretService) -> dict[str, str]:
    """What a child process needs in its environment to find the keyring."""
    return secret_service.environment
