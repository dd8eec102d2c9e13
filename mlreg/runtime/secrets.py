"""The secrets of this run: the vaults that hold them, and the values that placeholders stand for."""

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, cast

from mlreg.core import credentials, secret_hosts, settings
from mlreg.core.dry_run import DryKeeper
from mlreg.core.errors import Usage
from mlreg.core.ports import Keeper, Vault
from mlreg.core.references import Placeholder
from mlreg.core.secret import Secret
from mlreg.core.secret_values import Values
from mlreg.core.settings import Setting
from mlreg.core.types import Tracker
from mlreg.runtime.files import Files
from mlreg.runtime.seams import VAULTS, adapter


class Secrets(Files):
    """What one command may know. Nothing is looked up before it is needed."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, notify: Callable[[str], None] = lambda _: None
    ) -> None:
        super().__init__(environ, notify)
        self._vaults: dict[str, Vault] = {}

    def vault(self, backend: str = "keyring") -> Vault:
        """The vault of that name."""
        if backend not in VAULTS:
            raise Usage(f"there is no secret backend '{backend}'", cause=f"mlreg has {', '.join(VAULTS)}")
        if backend not in self._vaults:
            self._vaults[backend] = adapter(VAULTS[backend])(
                scope=str(self.store_path.parent),
                timeout_s=self.timeout_s,
                environ=self.environ,
                interactive=self.may_ask(),
                notify=self.notify,
            )
        return self._vaults[backend]

    def keeper(self, backend: str) -> Keeper:
        """The vault of that name for writing, if mlreg writes there; in a dry run it only pretends to."""
        keeper = cast(Keeper, self.vault(backend))
        return DryKeeper(keeper) if self.choices.dry_run else keeper

    @property
    def secret_backend(self) -> Setting:
        """Where new secrets go, and who said so."""
        files = {str(self.store_path): self.components.secret_backend}
        return settings.resolve("secret_backend", "keyring", self.environ, files=files)

    @cached_property
    def values(self) -> Values:
        """The values of secrets, each fetched once in this process."""
        return Values(lambda: self.components.secrets, self.vault, time.time)

    def look_up(self, tracker: Tracker, placeholder: Placeholder) -> Secret:
        """The value that a tracker's placeholder stands for. Raises NotAllowed for its host, and SecretMissing."""
        secret_hosts.check_host(placeholder, tracker, self.components, self.environ)
        return self.values.value(placeholder)

    def keyring_name(self) -> str:
        """How the system keyring in use is called; raises VaultUnavailable."""
        return str(cast(Any, self.vault("keyring")).backend_name())

    def _renew(self, tracker: Tracker) -> bool:
        """Drop what may be stale of a tracker's secrets; False when asking again could give nothing new."""
        return self.values.forget(placeholder.secret for placeholder in credentials.secrets_of(tracker))
