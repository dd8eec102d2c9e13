"""keyring's Secret Service backend without keyring: the same items, a third of the time, and it never waits unasked."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from mlreg.core.errors import VaultLocked
from mlreg.core.records import dataclass

DEFAULT_COLLECTION: Final = "/org/freedesktop/secrets/aliases/default"
UNLOCK: Final = "unlock your keyring, or run in a desktop session"


def answers() -> bool:
    """Tell whether a Secret Service is there."""
    try:
        import secretstorage

        with closing(secretstorage.dbus_init()) as bus:
            return bool(secretstorage.check_service_availability(bus))
    except Exception:  # noqa: BLE001  whatever is wrong there, keyring may still know another backend
        return False


@dataclass(frozen=True, slots=True)
class SecretService:
    """keyring's Secret Service backend, item for item, but it never waits for a person unless told to.

    It needs no keyring, whose import takes longer than everything here.
    """

    collection: str = DEFAULT_COLLECTION
    service_attribute: str = "service"
    username_attribute: str = "username"
    appid: str = "Python keyring library"
    name: str = "SecretService Keyring"

    @classmethod
    def like(cls, ring: Any) -> "SecretService":
        """Return one that keeps its items where a backend of keyring's, configured as it may be, keeps its own."""
        scheme = ring.schemes[ring.scheme]
        collection = getattr(ring, "preferred_collection", DEFAULT_COLLECTION)
        return cls(collection, scheme["service"], scheme["username"], ring.appid)

    def get_password(self, service: str, username: str) -> str | None:
        with self._unlocked() as collection:
            item = next(collection.search_items(self._query(service, username)), None)
            return None if item is None else str(item.get_secret(), "utf-8")

    def set_password(self, service: str, username: str, password: str) -> None:
        attributes = {**self._query(service, username), "application": self.appid}
        with self._unlocked() as collection:
            collection.create_item(
                f"Password for '{username}' on '{service}'", attributes, password.encode(), replace=True
            )

    def delete_password(self, service: str, username: str) -> None:
        with self._unlocked() as collection:
            for item in collection.search_items(self._query(service, username)):
                item.delete()

    def unlock(self) -> None:
        """Let the desktop ask the person for the keyring's password, or for the one of a new keyring."""
        import secretstorage

        with closing(secretstorage.dbus_init()) as bus:
            if self.collection == DEFAULT_COLLECTION:
                secretstorage.get_default_collection(bus)  # makes it where it is missing
            if secretstorage.Collection(bus, self.collection).unlock():
                raise VaultLocked("the keyring is locked", cause="the prompt was dismissed", hint=UNLOCK)

    def _query(self, service: str, username: str) -> dict[str, str]:
        return {self.service_attribute: service, self.username_attribute: username}

    @contextmanager
    def _unlocked(self) -> Iterator[Any]:
        import secretstorage

        with closing(secretstorage.dbus_init()) as bus:
            try:
                collection = secretstorage.Collection(bus, self.collection)
            except secretstorage.ItemNotFoundException:
                cause = f"the Secret Service has no collection {self.collection}"
                raise VaultLocked("there is no keyring to unlock yet", cause=cause, hint=UNLOCK) from None
            if collection.is_locked():
                raise VaultLocked("the keyring is locked", hint=UNLOCK)
            yield collection
