"""Model versions: made, numbered, listed newest first, and deleted."""

from functools import partial

import pytest

from mlreg.core.errors import SourceNotFound, Unsupported, VersionNotFound
from mlreg.core.models import browse, removal
from mlreg.core.ports import Feature, Registry
from mlreg.core.references import ModelRef, parse_ref
from mlreg.core.types import NewVersion
from tests.contract.lab import SOURCE, Contract


class VersionContract(Contract):
    """The versions of a model."""

    def test_versions_count_up(self, registry: Registry, name: str) -> None:
        """Numbers are integers from 1, and what was given comes back."""
        registry.create_model(name)
        first = registry.create_version(NewVersion(name=name, source=SOURCE, description="d", tags={"k": "v"}))
        second = registry.create_version(NewVersion(name=name, source=SOURCE))
        assert (first.number, second.number) == (1, 2)
        found = registry.get_version(name, 1)
        assert (found.source, found.description, dict(found.tags)) == (SOURCE, "d", {"k": "v"})
        assert (found.stage, found.status, found.run_id, found.aliases) == ("None", "READY", "", ())
        assert registry.get_model(name).latest == (2 if Feature.WHOLE_HITS in registry.features else None)
        assert browse.locate(registry, parse_ref(f"{name}/latest")).number == 2

    def test_versions_of_one_name_only(self, registry: Registry, name: str) -> None:
        """A name is compared letter by letter, also where the filter could only be a pattern."""
        wanted, other = f"""{name} it's "both" """.strip(), f"""{name} it_s "both" """.strip()
        if Feature.LEVELS in registry.features:
            wanted, other = f"{name}-a_b", f"{name}-axb"
        for each in wanted, other:
            registry.create_model(each)
            registry.create_version(NewVersion(name=each, source=SOURCE))
        assert [found.name for found in registry.search_versions(wanted)] == [wanted]

    def test_an_absent_version(self, registry: Registry, model: str) -> None:
        """Every method that takes a version's number says that it does not exist."""
        with pytest.raises(VersionNotFound):
            registry.get_version(model, 99)
        if Feature.STAGES in registry.features:
            with pytest.raises(VersionNotFound):
                registry.transition(model, 99, "Staging")
        if Feature.ALIASES in registry.features:
            with pytest.raises(VersionNotFound):
                registry.set_alias(model, "champion", 99)

    def test_a_version_from_an_absent_version(self, registry: Registry, model: str) -> None:
        """A source that points at nothing is refused."""
        with pytest.raises(SourceNotFound):
            registry.create_version(NewVersion(name=model, source=f"models:/{model}/99"))

    def test_versions_newest_first(self, registry: Registry, model: str) -> None:
        """A listing begins with the highest number; an absent model has none."""
        assert [found.number for found in registry.search_versions(model)] == [3, 2, 1]
        assert list(registry.search_versions(f"{model}-absent")) == []

    def test_versions_in_another_order(self, registry: Registry, model: str) -> None:
        """MLflow's order_by is passed on, and refused where there is no order."""
        listed = partial(registry.search_versions, model, order_by=("version_number ASC",))
        if Feature.FILTERS not in registry.features:
            with pytest.raises(Unsupported):
                list(listed())
            return
        assert [found.number for found in listed()] == [1, 2, 3]

    def test_all_versions(self, registry: Registry, model: str) -> None:
        """Without a name the versions of all models come, those of a model together and newest first."""
        found = [item for item in registry.search_versions() if item.name == model]
        assert [item.number for item in found] == [3, 2, 1]

    def test_a_deleted_version_is_gone(self, registry: Registry, model: str) -> None:
        """With the aliases that named it; its number is not used again."""
        if Feature.ALIASES in registry.features:
            registry.set_alias(model, "champion", 3)
        removal.delete_version(registry, parse_ref(f"{model}/3"), lambda question: None, force=True)
        assert dict(registry.get_model(model).aliases) == {}
        assert [found.number for found in registry.search_versions(model)] == [2, 1]
        assert registry.create_version(NewVersion(name=model, source=SOURCE)).number == 4
        with pytest.raises(VersionNotFound):
            registry.get_version(model, 3)
        with pytest.raises(VersionNotFound):
            registry.delete_version(model, 3)

    def test_versions_are_listed_with_their_aliases(self, registry: Registry, model: str) -> None:
        """Aliases are joined from the model."""
        if Feature.ALIASES not in registry.features:
            assert {item.aliases for item in browse.list_versions(registry, ModelRef(model))} == {()}
            return
        registry.set_alias(model, "champion", 2)
        listed = browse.list_versions(registry, ModelRef(model))
        assert [(item.number, item.aliases) for item in listed] == [(3, ()), (2, ("champion",)), (1, ())]
