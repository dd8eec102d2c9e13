"""A registry in Unity Catalog, seen from one schema: short names are completed, full ones stay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mlreg.core import features
from mlreg.core.ports import Feature, Registry
from mlreg.core.types import Model, NewVersion, Version


class Namespaced:
    """A Registry over another one, in which `churn` is `catalog.schema.churn`."""

    def __init__(self, registry: Registry, namespace: str) -> None:
        self._registry = registry
        self._namespace = namespace
        self.features = registry.features - {Feature.LEVELS} | {Feature.FREE_NAMES}
        self.kind = registry.kind

    def get_model(self, name: str) -> Model:
        return self._registry.get_model(self._full(name))

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        return self._registry.search_models(filter, order_by)

    def create_model(self, name: str, *, description: str = "", tags: Mapping[str, str] | None = None) -> Model:
        return self._registry.create_model(self._full(name), description=description, tags=tags)

    def update_model(self, name: str, *, description: str) -> Model:
        return self._registry.update_model(self._full(name), description=description)

    def rename_model(self, name: str, new_name: str) -> Model:
        return self._registry.rename_model(self._full(name), self._full(new_name))

    def delete_model(self, name: str) -> None:
        self._registry.delete_model(self._full(name))

    def set_model_tag(self, name: str, key: str, value: str) -> None:
        self._registry.set_model_tag(self._full(name), key, value)

    def delete_model_tag(self, name: str, key: str) -> None:
        self._registry.delete_model_tag(self._full(name), key)

    def get_version(self, name: str, number: int) -> Version:
        return self._registry.get_version(self._full(name), number)

    def search_versions(
        self, name: str | None = None, *, filter: str = "", order_by: Sequence[str] = ()
    ) -> Iterator[Version]:
        full = None if name is None else self._full(name)
        return self._registry.search_versions(full, filter=filter, order_by=order_by)

    def artifact_uri(self, name: str, number: int) -> str:
        return self._registry.artifact_uri(self._full(name), number)

    def create_version(self, new: NewVersion) -> Version:
        return self._registry.create_version(replace(new, name=self._full(new.name)))

    def update_version(self, name: str, number: int, *, description: str) -> Version:
        return self._registry.update_version(self._full(name), number, description=description)

    def delete_version(self, name: str, number: int) -> None:
        self._registry.delete_version(self._full(name), number)

    def set_version_tag(self, name: str, number: int, key: str, value: str) -> None:
        self._registry.set_version_tag(self._full(name), number, key, value)

    def delete_version_tag(self, name: str, number: int, key: str) -> None:
        self._registry.delete_version_tag(self._full(name), number, key)

    def transition(self, name: str, number: int, stage: str, *, archive_existing: bool = False) -> Version:
        return self._registry.transition(self._full(name), number, stage, archive_existing=archive_existing)

    def set_alias(self, name: str, alias: str, number: int) -> None:
        self._registry.set_alias(self._full(name), alias, number)

    def delete_alias(self, name: str, alias: str) -> None:
        self._registry.delete_alias(self._full(name), alias)

    def _full(self, name: str) -> str:
        full = name if "." in name else f"{self._namespace}.{name}"
        features.check_name(self._registry, full)
        return full
