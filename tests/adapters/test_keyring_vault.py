"""KeyringVault on real Secret Services, working and broken ones, and on keyring backends that cannot be trusted."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import pytest

from mlreg.adapters.deadline import DeadlinePassed, within
from mlreg.adapters.vaults.keyring import KeyringVault
from tests.contract.vault import MakeVault, WritingContract
from tests.fakes_vault import MemoryVault
from tests.secret_service import SecretService, kill, lock, mute_prompter, stop
from tests.secret_service import secret_service as running_service

CHECKOUT: Final = Path(__file__).parents[2]
CANARY: Final = "canary-7b1f"
SERVICE: Final = "mlreg:/scope:prod"

# In a process of its own: keyring keeps its choice of a backend for as long as the process lives.
ASK: Final = f"""
import json, sys, time
from mlreg.adapters.vaults.keyring import KeyringVault
from mlreg.core.errors import MlregError
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry

PROD = SecretEntry(name="prod", backend="keyring", keys=())
vault = KeyringVault(
    "/scope", timeout_s=1, interactive="--interactive" in sys.argv, person_s=2, notify=lambda text: notes.append(text)
)
notes = []
acts = {{
    "read": lambda: {{key: value.reveal() for key, value in (vault.read(PROD) or {{}}).items()}},
    "write": lambda: vault.write("prod", {{"token": Secret("{CANARY}")}}),
    "write-much": lambda: vault.write("prod", {{"token": Secret("{CANARY}" * 1000)}}),
    "delete": lambda: vault.delete("prod"),
    "name": vault.backend_name,
}}
began, answer, error = time.monotonic(), None, {{}}
try:
    answer = acts[sys.argv[1]]()
except MlregError as exc:
    error = {{"code": exc.code, "message": exc.message, "cause": exc.cause, "hint": exc.hint}}
seconds = time.monotonic() - began
said = {{"answer": answer, **error, "seconds": seconds, "notes": notes, "keyring": "keyring" in sys.modules}}
print(json.dumps(said))
"""

BACKENDS: Final = """
from keyring.backend import KeyringBackend
from keyring.backends.Windows import WinVaultKeyring

class PlaintextKeyring(KeyringBackend):
    priority = 0.5
    def get_password(self, service, username):
        return '{"token": "in the open"}'
    def set_password(self, service, username, password):
        pass

class Forgetful(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        return None
    def set_password(self, service, username, password):
        pass

class Chatty(Forgetful):
    def set_password(self, service, username, password):
        raise ValueError("cannot store " + password)

class Windows(WinVaultKeyring):
    priority = 5
"""


class TestMemoryVault(WritingContract):
    """The fake behaves as the real ones do."""

    @pytest.fixture
    def make_vault(self) -> MakeVault:
        """Vaults over one dictionary."""
        items: dict[Any, Any] = {}
        return lambda scope: MemoryVault(scope, items)


class TestSecretService(WritingContract):
    """The vault on a Secret Service that nobody has configured otherwise."""

    @pytest.fixture
    def make_vault(self, keyring_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> MakeVault:
        """Vaults of this process on the test's own bus."""
        for name, value in keyring_env.items():
            monkeypatch.setenv(name, value)
        return KeyringVault


def python(code: str, *arguments: str, **environ: str) -> str:
    """Run Python code in a new process and return what it prints; fails if it does not end in time."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LC_ALL")}
    path = os.pathsep.join(filter(None, [str(CHECKOUT), environ.pop("PYTHONPATH", "")]))
    command, environ = [sys.executable, "-c", code, *arguments], {**inherited, **environ, "PYTHONPATH": path}
    run = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
    return run.stdout


def ask(act: str, *arguments: str, **environ: str) -> dict[str, Any]:
    """Let a vault with a deadline of one second act in a new process, and return what came of it."""
    return dict(json.loads(python(ASK, act, *arguments, **environ)))


@pytest.fixture
def backends(tmp_path: Path) -> dict[str, str]:
    """The environment in which keyring can find `keyrings.alt.file`, here a stand-in, as an installed plug-in."""
    package = tmp_path / "keyrings" / "alt"
    package.mkdir(parents=True)
    (package / "file.py").write_text(BACKENDS)
    (tmp_path / "others.py").write_text(BACKENDS)
    return {"PYTHONPATH": str(tmp_path)}


def test_keyring_is_not_needed(keyring_env: dict[str, str]) -> None:
    """Where the Secret Service is what keyring would choose, it is asked without importing keyring."""
    ask("write", **keyring_env)
    read = ask("read", **keyring_env)
    assert read["answer"] == {"token": CANARY}
    assert not read["keyring"]
    assert ask("name", **keyring_env)["answer"] == "SecretService Keyring"


@pytest.mark.parametrize("collection", ["", "/org/freedesktop/secrets/collection/session"])
def test_items_are_those_of_keyring(keyring_env: dict[str, str], collection: str) -> None:
    """keyring's own commands see what mlreg wrote and the other way round, also in a collection chosen for keyring."""
    environ = keyring_env | ({"KEYRING_PROPERTY_PREFERRED_COLLECTION": collection} if collection else {})
    ask("write", **environ)
    again = f"import keyring; value = keyring.get_password({SERVICE!r}, 'mlreg'); print(value);"
    again += f"keyring.set_password({SERVICE!r}, 'mlreg', value.replace('canary', 'parrot'))"
    assert json.loads(python(again, **environ)) == {"token": CANARY}
    assert ask("read", **environ)["answer"] == {"token": CANARY.replace("canary", "parrot")}
    ask("delete", **environ)
    gone = f"import keyring; print(keyring.get_password({SERVICE!r}, 'mlreg'))"
    assert python(gone, **environ).strip() == "None"


def test_bus_at_the_usual_place(secret_service: SecretService) -> None:
    """A session bus in XDG_RUNTIME_DIR is found when no variable names it."""
    assert ask("write", XDG_RUNTIME_DIR=str(secret_service.root))["answer"] is None
    assert ask("read", XDG_RUNTIME_DIR=str(secret_service.root))["answer"] == {"token": CANARY}


@pytest.mark.parametrize("how", ["--script", "--interactive"])
@pytest.mark.parametrize("act", ["read", "write", "delete"])
def test_locked(secret_service: SecretService, act: str, how: str) -> None:
    """A locked keyring says so at once, also to a person when nothing can ask that person for the password."""
    lock(secret_service)
    said = ask(act, how, **secret_service.environment)
    assert (said["code"], said["message"]) == ("vault_locked", "the keyring is locked")
    assert "unlock your keyring" in said["hint"]
    assert said["seconds"] < 0.9


def test_locked_for_keyring_too(secret_service: SecretService) -> None:
    """A Secret Service that was chosen by name is no more allowed to wait for a person."""
    lock(secret_service)
    chosen = {"PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}
    assert ask("read", **secret_service.environment, **chosen)["code"] == "vault_locked"


@pytest.mark.parametrize("how", ["--script", "--interactive"])
def test_mute_prompter(secret_service: SecretService, how: str) -> None:
    """A prompter that takes the question and never answers costs a script nothing, and a person the person's time."""
    lock(secret_service)
    with mute_prompter(secret_service):
        said = ask("read", how, **secret_service.environment)
    assert said["code"] == "vault_locked"
    assert "unlock your keyring" in said["hint"]
    if how == "--script":
        assert (said["notes"], said["seconds"] < 0.9) == ([], True)
    else:
        assert "waiting for its password" in said["notes"][0]
        assert said["message"] == "nobody unlocked the keyring within 2 s"
        assert said["seconds"] < 4


def test_fresh_home() -> None:
    """Where nobody has ever made a keyring, and nothing can ask for its first password, that is said in time."""
    with running_service(unlocked=True, given=b"") as service:
        said = ask("write", **service.environment)
    assert (said["code"], said["message"]) == ("vault_locked", "there is no keyring to unlock yet")
    assert said["seconds"] < 0.9


def test_no_collection(keyring_env: dict[str, str]) -> None:
    """A Secret Service without any keyring, as in a fresh home, is one that a person has to set up."""
    python("import secretstorage as s; s.get_default_collection(s.dbus_init()).delete()", **keyring_env)
    said = ask("read", **keyring_env)
    assert (said["code"], said["message"]) == ("vault_locked", "there is no keyring to unlock yet")
    assert ask("read", "--interactive", **keyring_env)["cause"] == "PromptDismissedException: Prompt dismissed."


@pytest.mark.parametrize("act", ["read", "write", "delete"])
def test_stopped_daemon(secret_service: SecretService, act: str) -> None:
    """A daemon that is there and does not answer costs the deadline, and the process then ends."""
    stop(secret_service)
    said = ask(act, **secret_service.environment)
    assert (said["code"], said["message"]) == ("vault_unavailable", "the keyring did not answer within 1 s")
    assert "MLREG_KEYRING_TIMEOUT" in said["hint"]
    assert said["seconds"] < 1.5


def test_killed_daemon(secret_service: SecretService) -> None:
    """A bus without the daemon is a machine without a keyring."""
    kill(secret_service)
    said = ask("read", **secret_service.environment)
    assert (said["code"], said["message"]) == ("vault_unavailable", "no keyring is available here")


@pytest.mark.parametrize("address", [None, "unix:path=/nowhere/bus", "nonsense"])
def test_no_bus(address: str | None) -> None:
    """Without a session bus there is no keyring, however the bus is missing."""
    said = ask("read", **({"DBUS_SESSION_BUS_ADDRESS": address} if address else {}))
    assert (said["code"], said["message"]) == ("vault_unavailable", "no keyring is available here")
    assert "unlock your keyring" in said["hint"]


def test_deaf_bus() -> None:
    """A bus that takes the connection and never speaks costs at most the deadline."""
    name = f"mlreg-deaf-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        said = ask("read", DBUS_SESSION_BUS_ADDRESS=f"unix:abstract={name}")
    assert said["code"] == "vault_unavailable"
    assert said["seconds"] < 1.5


@pytest.mark.parametrize(
    ("backend", "code", "text"),
    [
        ("keyring.backends.null.Keyring", "vault_refused", "keyring.backends.null.Keyring"),
        ("keyring.backends.fail.Keyring", "vault_unavailable", "no keyring is available here"),
        ("keyring.backends.chainer.ChainerBackend", "vault_unavailable", "no keyring is available here"),
        ("keyrings.alt.file.PlaintextKeyring", "vault_refused", "keyrings.alt.file.PlaintextKeyring"),
        ("keyrings.alt.file.Forgetful", "vault_refused", "keyrings.alt.file.Forgetful"),
        ("others.PlaintextKeyring", "vault_refused", "others.PlaintextKeyring"),
        ("others.Forgetful", "vault_unavailable", "the keyring did not keep 'prod'"),
        ("", "vault_unavailable", "PYTHON_KEYRING_BACKEND names no usable keyring backend: ''"),
        ("bogus", "vault_unavailable", "'bogus'"),
        ("keyring.backends.null.Bogus", "vault_unavailable", "'keyring.backends.null.Bogus'"),
        ("keyring.backends.macOS.Keyring", "vault_unavailable", "'keyring.backends.macOS.Keyring'"),
    ],
)
def test_chosen_backend(backends: dict[str, str], backend: str, code: str, text: str) -> None:
    """A backend that keeps nothing, or keeps it in the open, is refused by name; so is a name that is no backend."""
    said = ask("write", PYTHON_KEYRING_BACKEND=backend, **backends)
    assert said["code"] == code
    assert text in said["message"]
    assert said["hint"]
    assert CANARY not in json.dumps(said)


def test_plaintext_plugin(backends: dict[str, str]) -> None:
    """A plain-text backend that keyring would fall back to by itself is refused."""
    plugin = Path(backends["PYTHONPATH"]) / "keyrings_alt-5.dist-info"
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 5\n")
    (plugin / "entry_points.txt").write_text("[keyring.backends]\nfile = keyrings.alt.file\n")
    for act in "read", "write", "name":
        said = ask(act, **backends)
        assert said["code"] == "vault_refused"
        assert "keyrings.alt.file." in said["message"]


def test_configured_backend(keyring_env: dict[str, str], tmp_path: Path) -> None:
    """keyring's configuration file is obeyed, here to name a backend that is refused."""
    config = tmp_path / "python_keyring" / "keyringrc.cfg"
    config.parent.mkdir()
    config.write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    said = ask("read", XDG_CONFIG_HOME=str(tmp_path), **keyring_env)
    assert said["code"] == "vault_refused"


def test_values_stay_out_of_errors(backends: dict[str, str]) -> None:
    """A backend's error that quotes the value is told by its kind only."""
    said = ask("write", PYTHON_KEYRING_BACKEND="others.Chatty", **backends)
    assert said["code"] == "vault_unavailable"
    assert said["cause"] == "ValueError"
    assert CANARY not in json.dumps(said)


def test_windows_limit(backends: dict[str, str]) -> None:
    """What the Windows Credential Manager cannot hold is refused before it is written."""
    said = ask("write-much", PYTHON_KEYRING_BACKEND="others.Windows", **backends)
    assert said["code"] == "usage"
    assert "2560" in said["cause"]
    assert CANARY not in json.dumps(said)


@pytest.mark.parametrize("text", [CANARY, "", f'["{CANARY}"]', f'{{"token": ["{CANARY}"]}}'])
def test_foreign_item(keyring_env: dict[str, str], text: str) -> None:
    """An item under mlreg's name that mlreg did not write is an error that does not quote it."""
    python(f"import keyring; keyring.set_password({SERVICE!r}, 'mlreg', {text!r})", **keyring_env)
    said = ask("read", **keyring_env)
    assert said["code"] == "vault_unavailable"
    assert "is not what mlreg wrote" in said["message"]
    assert CANARY not in json.dumps(said)


def test_importing_the_adapter_imports_no_keyring() -> None:
    """The adapter's weight is paid when a secret is needed."""
    heavy = "{'keyring', 'secretstorage', 'jeepney', 'cryptography'}"
    code = f"import sys, mlreg.adapters.vaults.keyring; print({heavy} & set(sys.modules))"
    assert python(code).strip() == "set()"


def test_deadline() -> None:
    """A call that ends in time gives its result, None too, or its own error; another is left behind."""
    end = threading.Event()
    assert within(5, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    with pytest.raises(DeadlinePassed):
        within(0.05, end.wait)
    end.set()
