"""Registered models: made, found, described, tagged, renamed and deleted."""

import pytest

from mlreg.core.errors import AlreadyExists, ModelNotFound, NotFound, Unsupported, Usage, VersionNotFound
from mlreg.core.features import OF_MLFLOW
from mlreg.core.models import browse
from mlreg.core.ports import Feature, Registry
from mlreg.core.types import NewVersion
from tests.contract.lab import SOURCE, Contract, Lab

AWKWARD = [
    "plain",
    "two words",
    "it's",
    'say "hi"',
    """it's "both" """.strip(),
    "100%",
    "a#b",
    "a@b",
    "k=v",
    "été",
    "_x_",
]


class ModelContract(Contract):
    """The models of a registry."""

    features = OF_MLFLOW

    def test_a_created_model_can_be_read(self, registry: Registry, name: str) -> None:
        """Description and tags come back as given, times are milliseconds, and there is no version yet."""
        made = registry.create_model(name, description="será?", tags={"team": "risk", "a.b/c": "x y"})
        found = registry.get_model(name)
        assert (found.name, found.description, dict(found.tags)) == (name, "será?", {"team": "risk", "a.b/c": "x y"})
        assert (found.latest, dict(found.stages), dict(found.aliases)) == (None, {}, {})
        assert found.created is not None
        assert found.created > 1_600_000_000_000
        assert made.name == name

    def test_a_model_is_created_once(self, registry: Registry, name: str) -> None:
        """The second creation is a conflict."""
        registry.create_model(name)
        with pytest.raises(AlreadyExists):
            registry.create_model(name)

    def test_an_absent_model(self, registry: Registry, name: str) -> None:
        """Reading, and registering a version into, what does not exist say so."""
        with pytest.raises(ModelNotFound):
            registry.get_model(name)
        with pytest.raises(ModelNotFound):
            registry.create_version(NewVersion(name=name, source=SOURCE))

    @pytest.mark.parametrize("awkward", AWKWARD)
    def test_awkward_names(self, registry: Registry, name: str, awkward: str) -> None:
        """Spaces, quotes of both kinds and URL characters are letters like any other, for every method."""
        name = f"{name} {awkward}"
        if Feature.LEVELS in registry.features:
            with pytest.raises(Usage):
                registry.create_model(name)
            return
        registry.create_model(name)
        registry.create_version(NewVersion(name=name, source=SOURCE))
        registry.transition(name, 1, "Staging")
        assert [(found.name, found.stage) for found in registry.search_versions(name)] == [(name, "Staging")]
        if Feature.ALIASES in registry.features:
            registry.set_alias(name, "champion", 1)
            assert registry.get_version(name, 1).aliases == ("champion",)

    def test_search_finds_models(self, registry: Registry, model: str) -> None:
        """A search shows each model with its stages, aliases and latest version."""
        stages = {"Production": 2} if Feature.STAGES in registry.features else {}
        aliases = {"champion": 1} if Feature.ALIASES in registry.features else {}
        for stage, number in stages.items():
            registry.transition(model, number, stage)
        for alias, number in aliases.items():
            registry.set_alias(model, alias, number)
        found = next(item for item in registry.search_models() if item.name == model)
        whole = (3, stages, aliases) if Feature.WHOLE_HITS in registry.features else (None, {}, {})
        assert (found.latest, dict(found.stages), dict(found.aliases)) == whole

    def test_the_run_of_the_latest_version(self, lab: Lab, name: str) -> None:
        """A model tells the run that its latest version came from, read alone and in a search."""
        run_id = lab.run() if Feature.WHOLE_HITS in lab.registry.features else ""
        lab.registry.create_model(name)
        for source_run in "", run_id:
            lab.registry.create_version(NewVersion(name=name, source=SOURCE, run_id=source_run or None))
            found = next(item for item in lab.registry.search_models() if item.name == name)
            assert (found.latest_run, lab.registry.get_model(name).latest_run) == (source_run, source_run)

    def test_search_orders_models(self, registry: Registry, name: str) -> None:
        """MLflow's order_by is passed on, where there is any order."""
        for letter in "bca":
            registry.create_model(f"{name}-{letter}")
        found = [item.name for item in registry.search_models(order_by=("name ASC",)) if item.name.startswith(name)]
        if Feature.FILTERS not in registry.features:
            found.sort()
        assert found == [f"{name}-a", f"{name}-b", f"{name}-c"]

    def test_search_filters_models(self, registry: Registry, name: str) -> None:
        """MLflow's filter is passed on."""
        registry.create_model(name)
        registry.create_model(f"{name}-other")
        if Feature.FILTERS not in registry.features:
            with pytest.raises(Unsupported):
                list(registry.search_models(f"name = '{name}'"))
            return
        assert [item.name for item in registry.search_models(f"name = '{name}'")] == [name]

    def test_a_description_is_changed_alone(self, registry: Registry, name: str) -> None:
        """Tags, aliases and versions stay; an empty description takes it away; an absent model is told."""
        registry.create_model(name, description="old", tags={"team": "risk"})
        registry.create_version(NewVersion(name=name, source=SOURCE, description="first", tags={"k": "v"}))
        if Feature.ALIASES in registry.features:
            registry.set_alias(name, "champion", 1)
        before = registry.get_model(name)
        for text in "new", "":
            assert registry.update_model(name, description=text).description == text
            found = registry.get_model(name)
            assert (found.description, dict(found.tags)) == (text, {"team": "risk"})
            assert (found.aliases, found.latest) == (before.aliases, before.latest)
        assert registry.update_version(name, 1, description="second").description == "second"
        version = registry.get_version(name, 1)
        assert (version.description, dict(version.tags), version.source) == ("second", {"k": "v"}, SOURCE)
        with pytest.raises(ModelNotFound):
            registry.update_model(f"{name}-absent", description="x")
        with pytest.raises(VersionNotFound):
            registry.update_version(name, 99, description="x")

    def test_a_model_is_renamed_with_all_it_has(self, registry: Registry, model: str) -> None:
        """Description, tags, aliases and versions are found under the new name only, which must be free."""
        new_name = f"{model}-eu"
        registry.update_model(model, description="d")
        registry.set_model_tag(model, "team", "risk")
        if Feature.ALIASES in registry.features:
            registry.set_alias(model, "champion", 2)
        before = registry.get_model(model)
        assert registry.rename_model(model, new_name).name == new_name
        found = registry.get_model(new_name)
        assert (found.description, found.tags, found.aliases) == ("d", before.tags, before.aliases)
        assert [item.number for item in registry.search_versions(new_name)] == [3, 2, 1]
        with pytest.raises(ModelNotFound):
            registry.get_model(model)
        with pytest.raises(ModelNotFound):
            registry.rename_model(model, f"{model}-2")
        registry.create_model(model)
        with pytest.raises(AlreadyExists):
            registry.rename_model(model, new_name)

    def test_a_deleted_model_is_gone(self, registry: Registry, model: str) -> None:
        """With its versions; a new one of that name begins anew."""
        registry.delete_model(model)
        assert list(registry.search_versions(model)) == []
        for absent in registry.get_model, registry.delete_model:
            with pytest.raises(ModelNotFound):
                absent(model)
        registry.create_model(model)
        assert registry.create_version(NewVersion(name=model, source=SOURCE)).number == 1

    def test_tags(self, registry: Registry, model: str) -> None:
        """They are set, changed and deleted one by one, on a model and on a version; an absent one is passed over."""
        for key, value in (("team", "risk"), ("a b/c", "1"), ("team", "été"), ("gone", "")):
            registry.set_model_tag(model, key, value)
            registry.set_version_tag(model, 2, key, value)
        for key in "gone", "never":
            registry.delete_model_tag(model, key)
            registry.delete_version_tag(model, 2, key)
        wanted = {"team": "été", "a b/c": "1"}
        assert dict(registry.get_model(model).tags) == wanted
        assert dict(registry.get_version(model, 2).tags) == wanted
        assert dict(registry.get_version(model, 1).tags) == {}

    def test_tags_of_what_is_absent(self, registry: Registry, model: str) -> None:
        """An absent model or version is told."""
        with pytest.raises(ModelNotFound):
            registry.set_model_tag(f"{model}-absent", "k", "v")
        with pytest.raises(ModelNotFound):
            registry.delete_model_tag(f"{model}-absent", "k")
        with pytest.raises(VersionNotFound):
            registry.set_version_tag(model, 99, "k", "v")
        with pytest.raises(VersionNotFound):
            registry.delete_version_tag(model, 99, "k")

    def test_prompts_are_no_models(self, lab: Lab, name: str) -> None:
        """A prompt is not listed, and reading it by name shows what it is."""
        lab.prompt(name)
        assert name not in [item.name for item in lab.registry.search_models()]
        assert name not in [item.name for item in lab.registry.search_versions()]
        assert lab.registry.get_model(name).is_prompt
        with pytest.raises(NotFound):
            browse.refuse_prompt_version(lab.registry.get_version(name, 1))

    def test_what_it_can_do(self, registry: Registry) -> None:
        """Its features are those of its kind."""
        assert registry.features == self.features
