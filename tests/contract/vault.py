"""What every vault does: reading, and more for those that mlreg writes to.

`class TestMine(ReadingContract)` says in a fixture `holding` how a vault comes to hold something, `class
TestMine(WritingContract)` in a fixture `make_vault` how one is made.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from mlreg.core.errors import SecretMissing, Usage
from mlreg.core.ports import Keeper, Vault
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry

# A vault in which a secret has these values, and what the component file knows of that secret.
Holding = Callable[[str, Mapping[str, str]], tuple[Vault, SecretEntry]]
MakeVault = Callable[[str], Keeper]


def entry(name: str, *keys: str) -> SecretEntry:
    """What the component file knows of a secret."""
    return SecretEntry(name=name, backend="any", keys=keys)


class ReadingContract:
    """What whoever reads a value relies on."""

    @pytest.fixture
    def holding(self) -> Holding:
        """Return what makes a vault that holds one secret."""
        raise NotImplementedError

    @pytest.mark.parametrize(
        "value",
        [
            "hunter2",
            " ",
            "naïve 密码 🔑",
            "two\nlines",
            "'\"\\`$(id)",
            "{{prod.password}}",
            '{"a": 1}',
            "-",
            "x" * 9000,
        ],
    )
    def test_a_value(self, holding: Holding, value: str) -> None:
        """A value comes letter for letter, and as a Secret."""
        vault, secret = holding("prod", {"password": value})
        held = vault.read(secret)
        assert held == {"password": Secret(value)}
        assert str(held["password"]) == "***"

    def test_several_keys(self, holding: Holding) -> None:
        """All keys come at once, each with its own value."""
        vault, secret = holding("my-prod", {"username": "ada", "api-key": "hunter2", "_x": "3"})
        assert vault.read(secret) == {"username": Secret("ada"), "api-key": Secret("hunter2"), "_x": Secret("3")}

    def test_reading_again(self, holding: Holding) -> None:
        """Reading changes nothing."""
        vault, secret = holding("prod", {"token": "1"})
        assert vault.read(secret) == vault.read(secret) == {"token": Secret("1")}

    def test_nothing(self, holding: Holding) -> None:
        """A secret without values is None, or the vault says that it cannot be had; it is never an empty value."""
        vault, secret = holding("prod", {})
        with suppress(SecretMissing):
            assert vault.read(secret) is None


class WritingContract(ReadingContract):
    """What whoever stores a value relies on."""

    @pytest.fixture
    def make_vault(self) -> MakeVault:
        """Return what makes the vault of a scope; all of one test's vaults share their keyring."""
        raise NotImplementedError

    @pytest.fixture
    def holding(self, make_vault: MakeVault) -> Holding:
        """A vault that was written to."""

        def hold(name: str, values: Mapping[str, str]) -> tuple[Vault, SecretEntry]:
            vault = make_vault("/home/ada/.config/mlreg")
            if values:
                vault.write(name, {key: Secret(value) for key, value in values.items()})
            return vault, entry(name, *values)

        return hold

    @pytest.fixture
    def vault(self, make_vault: MakeVault) -> Keeper:
        """A vault that holds nothing."""
        return make_vault("/home/ada/.config/mlreg")

    def test_absent(self, vault: Keeper) -> None:
        """A secret that was never written is None, which an empty secret is not."""
        assert vault.read(entry("prod")) is None
        vault.write("prod", {})
        assert vault.read(entry("prod")) == {}

    @pytest.mark.parametrize(
        "value",
        [
            "hunter2",
            "",
            " ",
            "naïve 密码 🔑",
            "two\nlines\r\n",
            "'\"\\`$(id)",
            "{{prod.password}}",
            '{"a": 1}',
            "x" * 9000,
        ],
    )
    def test_round_trip(self, vault: Keeper, value: str) -> None:
        """A value comes back letter for letter, and as a Secret."""
        vault.write("prod", {"password": Secret(value)})
        held = vault.read(entry("prod"))
        assert held == {"password": Secret(value)}
        assert str(held["password"]) == "***"

    def test_overwrite(self, vault: Keeper) -> None:
        """Writing replaces all keys, not only those given."""
        vault.write("prod", {"username": Secret("ada"), "password": Secret("old")})
        vault.write("prod", {"token": Secret("new")})
        assert vault.read(entry("prod")) == {"token": Secret("new")}

    def test_several_keys_keep_their_order(self, vault: Keeper) -> None:
        """A secret's keys come back in the order in which they were written."""
        vault.write("prod", {"username": Secret("ada"), "password": Secret("hunter2"), "a-key": Secret("")})
        assert list(vault.read(entry("prod")) or ()) == ["username", "password", "a-key"]

    def test_delete(self, vault: Keeper) -> None:
        """A deleted secret is absent; its neighbours stay."""
        vault.write("prod", {"token": Secret("1")})
        vault.write("staging", {"token": Secret("2")})
        vault.delete("prod")
        assert vault.read(entry("prod")) is None
        assert vault.read(entry("staging")) == {"token": Secret("2")}

    def test_delete_absent(self, vault: Keeper) -> None:
        """Deleting what is not there is no error, also the second time."""
        vault.delete("prod")
        vault.write("prod", {"token": Secret("1")})
        vault.delete("prod")
        vault.delete("prod")

    def test_names_with_a_common_start(self, vault: Keeper) -> None:
        """Names that begin alike, or differ in case only, are different secrets."""
        names = ["prod", "prod-eu", "prod_eu", "pro", "PROD"]
        for name in names:
            vault.write(name, {"token": Secret(name)})
        assert [vault.read(entry(name)) for name in names] == [{"token": Secret(name)} for name in names]

    def test_scopes(self, make_vault: MakeVault) -> None:
        """Two component files do not see each other's secrets; two vaults of one file do."""
        ours, theirs = make_vault("/home/ada/.config/mlreg"), make_vault("/home/ada/.config/mlreg2")
        ours.write("prod", {"token": Secret("ours")})
        assert theirs.read(entry("prod")) is None
        theirs.write("prod", {"token": Secret("theirs")})
        theirs.delete("prod")
        assert make_vault("/home/ada/.config/mlreg").read(entry("prod")) == {"token": Secret("ours")}

    def test_nul(self, vault: Keeper) -> None:
        """A value with a NUL character is refused without quoting it, and what was held stays."""
        vault.write("prod", {"token": Secret("old")})
        with pytest.raises(Usage) as refused:
            vault.write("prod", {"token": Secret("hunter2\0")})
        assert "hunter2" not in refused.value.message
        assert vault.read(entry("prod")) == {"token": Secret("old")}
