"""What every Vault does. `class TestMine(VaultContract)` says in a fixture `make_vault` how one is made."""

from collections.abc import Callable

import pytest

from mlreg.core.errors import Usage
from mlreg.core.ports import Vault
from mlreg.core.secret import Secret

MakeVault = Callable[[str], Vault]


class VaultContract:
    """The behaviours that callers of the port rely on."""

    @pytest.fixture
    def make_vault(self) -> MakeVault:
        """Return what makes the vault of a scope; all of one test's vaults share their keyring."""
        raise NotImplementedError

    @pytest.fixture
    def vault(self, make_vault: MakeVault) -> Vault:
        """A vault that holds nothing."""
        return make_vault("/home/ada/.config/mlreg")

    def test_absent(self, vault: Vault) -> None:
        """A secret that was never written is None, which an empty secret is not."""
        assert vault.read("prod") is None
        vault.write("prod", {})
        assert vault.read("prod") == {}

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
    def test_round_trip(self, vault: Vault, value: str) -> None:
        """A value comes back letter for letter, and as a Secret."""
        vault.write("prod", {"password": Secret(value)})
        held = vault.read("prod")
        assert held == {"password": Secret(value)}
        assert str(held["password"]) == "***"

    def test_overwrite(self, vault: Vault) -> None:
        """Writing replaces all keys, not only those given."""
        vault.write("prod", {"username": Secret("ada"), "password": Secret("old")})
        vault.write("prod", {"token": Secret("new")})
        assert vault.read("prod") == {"token": Secret("new")}

    def test_several_keys_keep_their_order(self, vault: Vault) -> None:
        """A secret's keys come back in the order in which they were written."""
        vault.write("prod", {"username": Secret("ada"), "password": Secret("hunter2"), "a-key": Secret("")})
        assert list(vault.read("prod") or ()) == ["username", "password", "a-key"]

    def test_delete(self, vault: Vault) -> None:
        """A deleted secret is absent; its neighbours stay."""
        vault.write("prod", {"token": Secret("1")})
        vault.write("staging", {"token": Secret("2")})
        vault.delete("prod")
        assert vault.read("prod") is None
        assert vault.read("staging") == {"token": Secret("2")}

    def test_delete_absent(self, vault: Vault) -> None:
        """Deleting what is not there is no error, also the second time."""
        vault.delete("prod")
        vault.write("prod", {"token": Secret("1")})
        vault.delete("prod")
        vault.delete("prod")

    def test_names_with_a_common_start(self, vault: Vault) -> None:
        """Names that begin alike, or differ in case only, are different secrets."""
        names = ["prod", "prod-eu", "prod_eu", "pro", "PROD"]
        for name in names:
            vault.write(name, {"token": Secret(name)})
        assert [vault.read(name) for name in names] == [{"token": Secret(name)} for name in names]

    def test_scopes(self, make_vault: MakeVault) -> None:
        """Two component files do not see each other's secrets; two vaults of one file do."""
        ours, theirs = make_vault("/home/ada/.config/mlreg"), make_vault("/home/ada/.config/mlreg2")
        ours.write("prod", {"token": Secret("ours")})
        assert theirs.read("prod") is None
        theirs.write("prod", {"token": Secret("theirs")})
        theirs.delete("prod")
        assert make_vault("/home/ada/.config/mlreg").read("prod") == {"token": Secret("ours")}

    def test_nul(self, vault: Vault) -> None:
        """A value with a NUL character is refused without quoting it, and what was held stays."""
        vault.write("prod", {"token": Secret("old")})
        with pytest.raises(Usage) as refused:
            vault.write("prod", {"token": Secret("hunter2\0")})
        assert "hunter2" not in refused.value.message
        assert vault.read("prod") == {"token": Secret("old")}
