"""MemoryVault: the Vault port over a dictionary, for tests of what is above the port."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mlreg.core.errors import Usage
from mlreg.core.secret import Secret
from mlreg.core.types import SecretEntry


@dataclass(frozen=True)
class MemoryVault:
    """A vault that is always open. Vaults that share `items` share what a machine's keyring holds."""

    scope: str = ""
    items: dict[tuple[str, str], dict[str, Secret]] = field(default_factory=dict)

    def read(self, secret: SecretEntry) -> dict[str, Secret] | None:
        """Return a copy of a secret's values."""
        held = self.items.get((self.scope, secret.name))
        return None if held is None else dict(held)

    def write(self, secret: str, values: Mapping[str, Secret]) -> None:
        """Keep a copy of the values."""
        if any("\0" in value.reveal() for value in values.values()):
            raise Usage(f"a value of '{secret}' contains a NUL character")
        self.items[self.scope, secret] = dict(values)

    def delete(self, secret: str) -> None:
        """Forget the secret, if it is there."""
        self.items.pop((self.scope, secret), None)


SHARED: dict[tuple[str, str], dict[str, Secret]] = {}


def connect(
    *, scope: str, timeout_s: float, environ: Mapping[str, str], interactive: bool, notify: Callable[[str], None]
) -> MemoryVault:
    """Open the vault in the keyring's place: `VAULTS["keyring"] = "tests.fakes_vault:connect"`."""
    return MemoryVault(scope, SHARED)
