"""A registry that reads for real and only pretends to write: what --dry-run gives to every verb."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mlreg.core.errors import AlreadyExists, ModelNotFound
from mlreg.core.ports import Keeper, Registry
from mlreg.core.secret import Secret
from mlreg.core.types import Model, NewVersion, SecretEntry, Version


class DryRun:
    """Registry over another one. What a write needs to exist is looked up, so that it fails as it would."""

    def __init__(self, registry: Registry) -> None:
        self._real = registry
        self.features, self.kind = registry.features, registry.kind
        self._created: dict[str, Model] = {}
        self._made: dict[tuple[str, int], Version] = {}

    def get_model(self, name: str) -> Model:
        return self._created.get(name) or self._real.get_model(name)

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        return self._real.search_models(filter, order_by)

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        self._check_free(name)
        self._created[name] = Model(name=name, description=description, tags=tags or {})
        return self._created[name]

    def update_model(self, name: str, *, description: str) -> Model:
        return replace(self.get_model(name), description=description)

    def rename_model(self, name: str, new_name: str) -> Model:
        model = self.get_model(name)
        self._check_free(new_name)
        return replace(model, name=new_name)

    def delete_model(self, name: str) -> None:
        self.get_model(name)

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        self.get_model(name)

    def delete_model_tag(self, name: str, key: str) -> None:
        self.get_model(name)

    def get_version(self, name: str, number: int) -> Version:
        return self._made.get((name, number)) or self._real.get_version(name, number)

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        return self._real.search_versions(name, filter=filter, order_by=order_by)

    def artifact_uri(self, name: str, number: int) -> str:
        return self._real.artifact_uri(name, number)

    def create_version(self, new: NewVersion) -> Version:
        number = (self.get_model(new.name).latest or 0) + 1
        self._made[new.name, number] = Version(
            name=new.name,
            number=number,
            source=new.source,
            run_id=new.run_id or "",
            model_id=new.model_id or "",
            description=new.description,
            tags=new.tags,
        )
        return self._made[new.name, number]

    def update_version(self, name: str, number: int, *, description: str) -> Version:
        return replace(self.get_version(name, number), description=description)

    def delete_version(self, name: str, number: int) -> None:
        self.get_version(name, number)

    def set_version_tag(self, name: str, number: int, key: str, value: str) -> None:
        self.get_version(name, number)

    def delete_version_tag(self, name: str, number: int, key: str) -> None:
        self.get_version(name, number)

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        return replace(self.get_version(name, number), stage=stage)

    def set_alias(self, name: str, alias: str, number: int) -> None:
        self.get_version(name, number)

    def delete_alias(self, name: str, alias: str) -> None:
        self.get_model(name)

    def _check_free(self, name: str) -> None:
        try:
            self.get_model(name)
        except ModelNotFound:
            return
        raise AlreadyExists(f"the model '{name}' exists")


class DryKeeper:
    """Keeper over another one, which is read for real."""

    def __init__(self, keeper: Keeper) -> None:
        self._real = keeper

    def read(self, secret: SecretEntry) -> dict[str, Secret] | None:
        return self._real.read(secret)

    def write(self, secret: str, values: Mapping[str, Secret]) -> None:
        pass

    def delete(self, secret: str) -> None:
        pass
