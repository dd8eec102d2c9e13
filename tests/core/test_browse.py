"""Versions of all models with their aliases: the models are read as far as the versions need them."""

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest

from mlreg.core.models import browse
from mlreg.core.types import Model, NewVersion
from tests.fakes import FakeRegistry


class Watched(FakeRegistry):
    """A registry that remembers which models were read."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.read: list[str] = []

    def search_models(self, filter: str = "", order_by: Sequence[str] = ()) -> Iterator[Model]:
        """Yield models, and remember their names."""
        for model in super().search_models(filter, order_by):
            self.read.append(model.name)
            yield model


@pytest.fixture
def registry() -> Watched:
    """Three models with two versions each, of which the first is the champion."""
    registry = Watched()
    for name in "abc":
        registry.create_model(name)
        for _ in range(2):
            registry.create_version(NewVersion(name=name, source="s3://b"))
        registry.set_alias(name, "champion", 1)
    return registry


def test_models_are_read_as_they_are_needed(registry: Watched) -> None:
    """The first versions come before the last models."""
    found = browse.list_versions(registry, None)
    assert [(version.ref, version.aliases) for version in islice(found, 3)] == [
        ("a/2", ()),
        ("a/1", ("champion",)),
        ("b/2", ()),
    ]
    assert registry.read == ["a", "b"]


def test_any_order(registry: Watched) -> None:
    """Versions have their aliases whatever their order."""
    found = browse.list_versions(registry, None, order_by=("name DESC", "version_number ASC"))
    assert [(version.ref, version.aliases) for version in islice(found, 2)] == [("c/1", ("champion",)), ("c/2", ())]
