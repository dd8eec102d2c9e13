"""The system keyring as a vault: one item per secret, whose text is a JSON object of the secret's keys."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from mlreg.adapters.deadline import DeadlinePassed, within
from mlreg.adapters.vaults import secret_service
from mlreg.adapters.vaults.secret_service import UNLOCK, SecretService
from mlreg.core.errors import MlregError, Usage, VaultLocked, VaultRefused, VaultUnavailable
from mlreg.core.records import dataclass
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry

T = TypeVar("T")

USERNAME: Final = "mlreg"
LONGEST_S: Final = 3600.0
PERSON_S: Final = 60.0  # what a person may take to type the keyring's password
WINDOWS_LIMIT: Final = 2560  # bytes of UTF-16 in one Windows credential

_WAIT = f"{UNLOCK}; MLREG_KEYRING_TIMEOUT sets how long mlreg waits"
_DIAGNOSE = "see: python -m keyring diagnose"
_LOCK_ERRORS = frozenset({"KeyringLocked", "LockedException", "PromptDismissedException"})
_QUOTABLE = frozenset({"keyring", "secretstorage", "jeepney"})


class Ring(Protocol):
    """What mlreg asks of a keyring backend."""

    @property
    def name(self) -> str: ...
    def get_password(self, service: str, username: str, /) -> str | None: ...
    def set_password(self, service: str, username: str, password: str, /) -> None: ...
    def delete_password(self, service: str, username: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class KeyringVault:
    """The secrets of one component file, told apart from those of other files by `scope`.

    Every call ends within `timeout_s`; where a person is there to unlock the keyring (`interactive`), that person's
    time comes on top. `environ` is the process's environment: keyring reads it by itself.
    """

    scope: str
    timeout_s: float = 5.0
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    interactive: bool = False
    person_s: float = PERSON_S
    notify: Callable[[str], None] = lambda _: None

    def read(self, secret: SecretEntry) -> dict[str, Secret] | None:
        """Return a secret's values by key; None when the keyring has no such item."""
        text = self._ask(lambda ring: ring.get_password(self._service(secret.name), USERNAME))
        return None if text is None else _decode(secret.name, text)

    def write(self, secret: str, values: Mapping[str, Secret]) -> None:
        """Store a secret's values in place of those it had, and read them back: some backends only pretend."""
        service, text = self._service(secret), _encode(secret, values)

        def store(ring: Ring) -> None:
            _check_size(ring, secret, text)
            ring.set_password(service, USERNAME, text)
            if ring.get_password(service, USERNAME) != text:
                cause = f"reading it back from {ring.name} gave something else"
                raise VaultUnavailable(f"the keyring did not keep '{secret}'", cause=cause, hint=_DIAGNOSE)

        self._ask(store)

    def delete(self, secret: str) -> None:
        """Forget a secret; not having it is no error."""
        service = self._service(secret)

        def forget(ring: Ring) -> None:
            if ring.get_password(service, USERNAME) is not None:
                ring.delete_password(service, USERNAME)

        self._ask(forget)

    def backend_name(self) -> str:
        """Return how keyring calls the backend in use, such as "SecretService Keyring"."""
        return _answer(self.timeout_s, lambda: str(self._backend().name))

    def _service(self, secret: str) -> str:
        return f"mlreg:{self.scope}:{secret}"

    def _ask(self, operation: Callable[[Ring], T]) -> T:
        if not self.interactive:
            return _answer(self.timeout_s, lambda: operation(self._backend()))
        ring = _answer(self.timeout_s, self._backend)
        if not isinstance(ring, SecretService):
            # It asks for the password within the operation, and cannot be asked beforehand whether it will.
            return _answer(self.person_s, lambda: operation(ring))
        try:
            return _answer(self.timeout_s, lambda: operation(ring))
        except VaultLocked:
            self._wait_for_person(ring)
        return _answer(self.timeout_s, lambda: operation(ring))

    def _wait_for_person(self, ring: SecretService) -> None:
        self.notify("the keyring is locked: waiting for its password, in the window that asks (Ctrl-C to give up)")
        try:
            _answer(self.person_s, ring.unlock)
        except VaultUnavailable as exc:
            if isinstance(exc.__context__, DeadlinePassed):
                raise VaultLocked(f"nobody unlocked the keyring within {self.person_s:g} s", hint=UNLOCK) from None
            raise

    def _backend(self) -> Ring:
        _find_session_bus(self.environ)
        if _nothing_chosen(self.environ) and secret_service.answers():
            return SecretService()
        try:
            import keyring

            ring = keyring.get_keyring()
        except Exception as exc:  # a name that is no backend fails in any of a dozen ways
            raise _misconfigured(self.environ, exc) from exc
        sound = _first_sound(ring)
        return SecretService.like(sound) if _comes_from(sound, "keyring.backends.SecretService") else sound


def connect(
    *, scope: str, timeout_s: float, environ: Mapping[str, str], interactive: bool, notify: Callable[[str], None]
) -> KeyringVault:
    """Open the vault of a component file, with the deadline that MLREG_KEYRING_TIMEOUT sets."""
    return KeyringVault(scope, _timeout_s(environ), environ, interactive, notify=notify)


def _timeout_s(environ: Mapping[str, str]) -> float:
    text = environ.get("MLREG_KEYRING_TIMEOUT") or "5"
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_S:
        raise Usage(f"MLREG_KEYRING_TIMEOUT is '{text}'", cause="it takes seconds, such as 5")
    return seconds


def _encode(secret: str, values: Mapping[str, Secret]) -> str:
    plain = {key: value.reveal() for key, value in values.items()}
    for key, value in plain.items():
        if "\0" in value:
            raise Usage(f"the value of '{secret}.{key}' contains a NUL character", cause="no server would take it")
    return json.dumps(plain)


def _decode(secret: str, text: str) -> dict[str, Secret]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        what = f"what the keyring holds for the secret '{secret}' is not what mlreg wrote"
        raise VaultUnavailable(what, hint=f"mlreg secret delete {secret}, then register it again")
    return {key: Secret(value) for key, value in values.items()}


def _answer(seconds: float, call: Callable[[], T]) -> T:
    """Run a call into the keyring under a deadline, and let only mlreg's own errors out of it."""
    try:
        return within(seconds, call)
    except MlregError:
        raise
    except DeadlinePassed:
        raise VaultUnavailable(f"the keyring did not answer within {seconds:g} s", hint=_WAIT) from None
    except Exception as exc:  # noqa: BLE001  backends, of whatever make, raise what they like
        # `from None`: a traceback of the original might quote what was being stored.
        raise _translated(exc) from None


def _translated(exc: Exception) -> VaultUnavailable:
    # Only the messages of keyring and the libraries below it are known not to quote what was being stored.
    quotable = type(exc).__module__.partition(".")[0] in _QUOTABLE
    cause = f"{type(exc).__name__}: {exc}" if quotable else type(exc).__name__
    # By name: the module that defines them may be what could not be imported.
    if any(kind.__name__ in _LOCK_ERRORS for kind in type(exc).__mro__):
        return VaultLocked("the keyring is locked", cause=cause, hint=UNLOCK)
    return VaultUnavailable("the keyring failed", cause=cause, hint=_DIAGNOSE)


def _find_session_bus(environ: Mapping[str, str]) -> None:
    """Name the session's bus to this process, for jeepney looks, unlike libdbus, at the variable only."""
    runtime_dir = environ.get("XDG_RUNTIME_DIR")
    if runtime_dir and not environ.get("DBUS_SESSION_BUS_ADDRESS") and (bus := Path(runtime_dir, "bus")).exists():
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"


def _misconfigured(environ: Mapping[str, str], exc: Exception) -> VaultUnavailable:
    name, what, hint = environ.get("PYTHON_KEYRING_BACKEND"), "the keyring library cannot start", _DIAGNOSE
    if name is not None:
        what = f"PYTHON_KEYRING_BACKEND names no usable keyring backend: '{name}'"
        hint = "unset PYTHON_KEYRING_BACKEND"
    return VaultUnavailable(what, cause=f"{type(exc).__name__}: {exc}", hint=hint)


def _first_sound(ring: Any) -> Ring:
    """Return the backend itself, or of a chain the first that protects what it stores; raises what forbids it.

    In a chain keyring's own backends come first: what others add there serves a single purpose, such as one cloud.
    """
    links: list[Ring] = list(ring.backends) if _comes_from(ring, "keyring.backends.chainer") else [ring]
    sound = [link for link in links if _objection(link) is None]
    if not sound:
        raise next(filter(None, map(_objection, links)), _no_keyring())
    return min(sound, key=lambda link: not _comes_from(link, "keyring.backends"))


def _objection(ring: Ring) -> VaultUnavailable | None:
    kind = type(ring)
    if _comes_from(ring, "keyring.backends.fail"):
        return _no_keyring()
    if _comes_from(ring, "keyring.backends.null"):
        cause = "it forgets what it is given"
    elif _comes_from(ring, "keyrings.alt") or any("plaintext" in base.__name__.lower() for base in kind.__mro__):
        cause = "it keeps secrets in files of its own, unprotected or under a password it asks for"
    else:
        return None
    hint = "choose another in PYTHON_KEYRING_BACKEND or keyring's configuration (python -m keyring --list-backends)"
    what = f"mlreg refuses the keyring backend {kind.__module__}.{kind.__qualname__}"
    return VaultRefused(what, cause=cause, hint=hint)


def _no_keyring() -> VaultUnavailable:
    cause = "neither a Secret Service nor another keyring that the keyring library knows answers"
    return VaultUnavailable("no keyring is available here", cause=cause, hint=UNLOCK)


def _nothing_chosen(environ: Mapping[str, str]) -> bool:
    """Tell whether keyring is left to choose by itself: on Linux, outside KDE, its choice is the Secret Service."""
    if any(name.startswith(("PYTHON_KEYRING_", "KEYRING_PROPERTY_")) for name in environ):
        return False
    config = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "python_keyring", "keyringrc.cfg")
    desktops = environ.get("XDG_CURRENT_DESKTOP", "").split(":")
    return sys.platform == "linux" and "KDE" not in desktops and not config.exists()


def _check_size(ring: Ring, secret: str, text: str) -> None:
    size = len(text.encode("utf-16-le"))
    if _comes_from(ring, "keyring.backends.Windows") and size > WINDOWS_LIMIT:
        cause = f"its values take {size} bytes in the Windows Credential Manager, of at most {WINDOWS_LIMIT}"
        raise Usage(f"the secret '{secret}' is too large", cause=cause, hint="split it into several secrets")


def _comes_from(ring: Ring, package: str) -> bool:
    """Tell whether a backend is, or is derived from, one of a module or package; by name, so as to import nothing."""
    modules = (kind.__module__ for kind in type(ring).__mro__)
    return any(module == package or module.startswith(f"{package}.") for module in modules)
