"""Values: the environment first, each secret fetched once, a command's again when it is stale."""

import base64
import json
from dataclasses import dataclass, field

import pytest

from mlreg.core.errors import SecretMissing, VaultUnavailable
from mlreg.core.ports import Vault
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.secret_values import Values, expiry
from mlreg.core.types import SecretEntry

TOKEN = Placeholder("prod", "token")


@dataclass
class Counting:
    """A vault that gives a new value each time, or fails."""

    fails: VaultUnavailable | None = None
    read_times: int = 0

    def read(self, secret: SecretEntry) -> dict[str, Secret] | None:
        """The next value."""
        self.read_times += 1
        if self.fails:
            raise self.fails
        return {"token": Secret(f"value {self.read_times}")}


@dataclass
class Nothing:
    """An environment without secrets, or with one."""

    held: dict[str, Secret] = field(default_factory=dict)

    def read(self, secret: SecretEntry) -> dict[str, Secret] | None:
        """What there is."""
        return {key: self.held[key] for key in secret.keys if key in self.held} or None


@dataclass
class Clock:
    """A clock that tests move."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def jwt(exp: float) -> Secret:
    """A token that says until when it is good."""
    payload = base64.urlsafe_b64encode(json.dumps({"exp": exp}).encode()).decode().rstrip("=")
    return Secret(f"e30.{payload}.c2ln")


def values(
    vault: Counting, backend: str = "command", *, env: Nothing | None = None, clock: Clock | None = None
) -> Values:
    """The values of one registered secret."""
    vaults: dict[str, Vault] = {"env": env or Nothing(), backend: vault}
    known = {"prod": SecretEntry(name="prod", backend=backend, keys=("token",), command=("x",))}
    return Values(lambda: known, vaults.__getitem__, clock or Clock())


def test_the_environment_comes_first() -> None:
    """With a variable no vault is asked, so that one that is broken does no harm."""
    vault = Counting()
    assert values(vault, "keyring", env=Nothing({"token": Secret("e")})).value(TOKEN) == Secret("e")
    assert vault.read_times == 0


def test_a_keyring_is_asked_once() -> None:
    """Also after any time, and after a refusal: it would say the same again."""
    vault, clock = Counting(), Clock()
    known = values(vault, "keyring", clock=clock)
    for _ in range(2):
        assert known.value(TOKEN) == Secret("value 1")
        assert not known.forget(["prod", "other"])
        clock.now += 10_000


def test_a_command_is_asked_again_after_five_minutes_or_a_refusal() -> None:
    """Its value lives in memory only so long."""
    vault, clock = Counting(), Clock()
    known = values(vault, clock=clock)
    assert known.value(TOKEN) == known.value(TOKEN) == Secret("value 1")
    clock.now += 299
    assert known.value(TOKEN) == Secret("value 1")
    clock.now += 1
    assert known.value(TOKEN) == Secret("value 2")
    assert known.forget(["prod"])
    assert not known.forget(["prod"])
    assert known.value(TOKEN) == Secret("value 3")


def test_a_token_says_itself_how_long_it_lives() -> None:
    """The earliest `exp` counts; what only looks like a token has none."""
    assert expiry([jwt(1060)], 1000) == 1060
    assert expiry([jwt(2000), jwt(1500), Secret("x")], 1000) == 1500
    for odd in "", "a.b.c", "a.e30.c", "a.W10.c", "a.eyJleHAiOiJ4In0.c", "é.é.é":
        assert expiry([Secret(odd)], 1000) == 1300


def test_an_unavailable_keyring_names_the_ways_on() -> None:
    """The very variable, and the command that would take the keyring's place."""
    known = values(Counting(VaultUnavailable("no keyring", hint="unlock it")), "keyring")
    with pytest.raises(VaultUnavailable) as failed:
        known.value(TOKEN)
    assert "unlock it" in str(failed.value.hint)
    assert "MLREG_SECRET_PROD__TOKEN" in str(failed.value.hint)
    assert "mlreg secret register prod -k token --backend command --replace -- " in str(failed.value.hint)


def test_what_is_missing() -> None:
    """A secret that nobody knows and a key that is not there; but not what only others could fill."""
    known = values(Counting(), "keyring")
    absent = [Placeholder("prod", "password"), Placeholder("new", "token")]
    assert known.missing([TOKEN, *absent, *absent]) == absent
    with pytest.raises(SecretMissing, match="no key 'password'"):
        values(Counting()).missing(absent)
