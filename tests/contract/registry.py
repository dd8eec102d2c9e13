"""What every registry adapter must do, whichever server answers: subclass it with a `lab` fixture."""

from collections.abc import Callable, Mapping
from typing import Protocol
from uuid import uuid4

import pytest

from mlreg.core.errors import (
    AlreadyExists,
    ModelNotFound,
    NotFound,
    SourceNotFound,
    Unsupported,
    Usage,
    VersionNotFound,
)
from mlreg.core.features import OF_MLFLOW
from mlreg.core.models import browse, move, removal, transfer
from mlreg.core.ports import Feature, Registry, Tracking
from mlreg.core.references import ModelRef, parse_ref
from mlreg.core.types import NewVersion

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
SOURCE = "s3://bucket/model"


class Lab(Protocol):
    """A registry under test, and the means to prepare what mlreg itself does not make."""

    @property
    def registry(self) -> Registry:
        """The registry under test."""
        ...

    @property
    def tracking(self) -> Tracking:
        """The tracking server beside it."""
        ...

    def run(self, files: Mapping[str, str] | None = None) -> str:
        """Make a finished run with these artifacts; return its id."""
        ...

    def logged_model(self, run_id: str, name: str) -> str | None:
        """Let a run log a model as MLflow 3 does; return its id, or None where the server is older."""
        ...

    def prompt(self, name: str) -> None:
        """Make a prompt, which shares MLflow's tables with the models."""
        ...


def refused(registry: Registry, feature: Feature, act: Callable[[], object]) -> bool:
    """Tell whether a registry lacks a feature; then the act must be refused, with what to do instead."""
    if feature in registry.features:
        return False
    with pytest.raises(Unsupported) as caught:
        act()
    assert caught.value.hint
    return True


class RegistryContract:
    """The behaviours of the Registry and Tracking ports."""

    @pytest.fixture
    def registry(self, lab: Lab) -> Registry:
        """The registry under test."""
        return lab.registry

    @pytest.fixture
    def name(self, registry: Registry) -> str:
        """The name of a model that no other test uses, in the registry's form."""
        name = f"m-{uuid4().hex[:12]}"
        return f"main.ml.{name}" if Feature.LEVELS in registry.features else name

    @pytest.fixture
    def model(self, registry: Registry, name: str) -> str:
        """The name of a model with three versions."""
        registry.create_model(name)
        for _ in range(3):
            registry.create_version(NewVersion(name=name, source=SOURCE))
        return name

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

    def test_versions_of_one_name_only(self, registry: Registry, name: str) -> None:
        """A name is compared letter by letter, also where the filter could only be a pattern."""
        wanted, other = f"""{name} it's "both" """.strip(), f"""{name} it_s "both" """.strip()
        if Feature.LEVELS in registry.features:
            wanted, other = f"{name}-a_b", f"{name}-axb"
        for each in wanted, other:
            registry.create_model(each)
            registry.create_version(NewVersion(name=each, source=SOURCE))
        assert [found.name for found in registry.search_versions(wanted)] == [wanted]

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

    def test_all_versions(self, registry: Registry, model: str) -> None:
        """Without a name the versions of all models come, those of a model together and newest first."""
        found = [item for item in registry.search_versions() if item.name == model]
        assert [item.number for item in found] == [3, 2, 1]

    @pytest.mark.parametrize("stage", ["Staging", "Production", "Archived", "None"])
    def test_transition(self, registry: Registry, model: str, stage: str) -> None:
        """A version goes to each stage, and stays there."""
        ref = parse_ref(f"{model}/2")
        if refused(registry, Feature.STAGES, lambda: move.transition(registry, ref, stage)):
            return
        assert registry.transition(model, 2, stage).stage == stage
        assert registry.get_version(model, 2).stage == stage

    def test_stages_are_shared_unless_archived(self, registry: Registry, model: str) -> None:
        """MLflow lets several versions share a stage; archiving the others is asked for."""
        ref = parse_ref(f"{model}/1")
        if refused(registry, Feature.STAGES, lambda: move.transition(registry, ref, "Production")):
            return
        registry.transition(model, 1, "Production")
        registry.transition(model, 2, "Production")
        assert [found.stage for found in registry.search_versions(model)] == ["None", "Production", "Production"]
        registry.transition(model, 3, "Production", archive_existing=True)
        assert [found.stage for found in registry.search_versions(model)] == ["Production", "Archived", "Archived"]

    def test_an_alias_moves(self, registry: Registry, model: str) -> None:
        """One alias names one version; setting it again moves it; numbers are integers."""
        ref = parse_ref(f"{model}/1")
        if refused(registry, Feature.ALIASES, lambda: move.set_alias(registry, ref, "champion")):
            return
        registry.set_alias(model, "champion", 1)
        registry.set_alias(model, "blue", 1)
        assert registry.get_version(model, 1).aliases == ("blue", "champion")
        registry.set_alias(model, "champion", 2)
        assert dict(registry.get_model(model).aliases) == {"blue": 1, "champion": 2}
        registry.delete_alias(model, "champion")
        assert dict(registry.get_model(model).aliases) == {"blue": 1}

    def test_deleting_an_absent_alias(self, registry: Registry, model: str) -> None:
        """MLflow passes over it; so does the port."""
        ref = parse_ref(f"{model}@nobody")
        if refused(registry, Feature.ALIASES, lambda: move.delete_alias(registry, ref)):
            return
        registry.delete_alias(model, "nobody")

    def test_the_server_says_who_and_what_it_is(self, lab: Lab) -> None:
        """Its version, and the user where there are users."""
        info = lab.tracking.server()
        assert info.version
        assert info.user is None or "@" in info.user or info.user == "admin"

    def test_runs(self, lab: Lab) -> None:
        """A run tells where its artifacts are and whether there are any at a path."""
        run_id = lab.run({"model/MLmodel": "flavors: {}\n"})
        run = lab.tracking.get_run(run_id)
        assert (run.run_id, run.status) == (run_id, "FINISHED")
        assert run.artifact_uri
        assert lab.tracking.run_has_artifacts(run_id, "model")
        assert not lab.tracking.run_has_artifacts(run_id, "nothing")

    def test_absent_runs_and_logged_models(self, lab: Lab) -> None:
        """What was never logged is not found."""
        with pytest.raises(SourceNotFound):
            lab.tracking.get_run("0" * 32)
        with pytest.raises(SourceNotFound):
            lab.tracking.get_logged_model(f"m-{'0' * 32}")

    def test_logged_models(self, lab: Lab) -> None:
        """What a run has logged as MLflow 3 does is found by the run and by its id."""
        run_id = lab.run()
        model_id = lab.logged_model(run_id, "net")
        found = lab.tracking.logged_models(lab.tracking.get_run(run_id))
        if model_id is None:
            assert found == []
            return
        assert [(item.model_id, item.name, item.source_run_id) for item in found] == [(model_id, "net", run_id)]
        assert lab.tracking.get_logged_model(model_id).name == "net"

    def test_register_from_a_run(self, lab: Lab, name: str) -> None:
        """`runs:/ID/path` is resolved to where the artifacts are, and the model is made on the way."""
        run_id = lab.run({"model/MLmodel": "flavors: {}\n"})
        version, outcome = transfer.register(lab.registry, lab.tracking, ModelRef(name), f"runs:/{run_id}/model")
        assert (version.number, version.run_id) == (1, run_id)
        assert version.source == f"{lab.tracking.get_run(run_id).artifact_uri}/model"
        assert outcome.said.startswith(f"created the model {name}")

    def test_register_from_a_logged_model(self, lab: Lab, name: str) -> None:
        """A logged model is registered by its run and name, or by its id, and keeps its run."""
        run_id = lab.run()
        model_id = lab.logged_model(run_id, "net")
        if model_id is None:
            with pytest.raises(SourceNotFound):
                transfer.register(lab.registry, lab.tracking, ModelRef(name), f"runs:/{run_id}/net")
            return
        for source in f"runs:/{run_id}/net", f"models:/{model_id}":
            version, _ = transfer.register(lab.registry, lab.tracking, ModelRef(name), source)
            assert version.run_id == run_id

    def test_register_nothing_leaves_nothing(self, lab: Lab, name: str) -> None:
        """A source that does not exist is found out before a model is made."""
        for source in (
            f"runs:/{lab.run()}/model",
            f"runs:/{'0' * 32}/model",
            f"models:/{name}/1",
            f"models:/m-{'0' * 32}",
        ):
            with pytest.raises((SourceNotFound, ModelNotFound)):
                transfer.register(lab.registry, lab.tracking, ModelRef(name), source)
        with pytest.raises(ModelNotFound):
            lab.registry.get_model(name)

    def test_register_from_another_version(self, lab: Lab, name: str) -> None:
        """`models:/NAME/VERSION` and its floating forms make a version of another model."""
        lab.registry.create_model(name)
        lab.registry.create_version(NewVersion(name=name, source=SOURCE))
        sources = [f"models:/{name}/1", f"models:/{name}/latest"]
        if Feature.ALIASES in lab.registry.features:
            lab.registry.set_alias(name, "champion", 1)
            sources.append(f"models:/{name}@champion")
        for number, source in enumerate(sources, 1):
            made, _ = transfer.register(lab.registry, lab.tracking, ModelRef(f"{name}-eu"), source)
            assert made.ref == f"{name}-eu/{number}"

    @pytest.mark.parametrize(
        "spelling", ["{}/2", "{}:2", "{}@champion", "{}/Production", "{}/production", "models:/{}/2"]
    )
    def test_every_spelling_finds_the_version(self, registry: Registry, model: str, spelling: str) -> None:
        """One grammar of references, resolved alike on every registry."""
        ref, stage = parse_ref(spelling.format(model)), "None"
        aliases: tuple[str, ...] = ()
        assert ref.selector is not None
        if Feature.ALIASES in registry.features:
            aliases = ("champion",)
            registry.set_alias(model, "champion", 2)
        if Feature.STAGES in registry.features:
            stage = registry.transition(model, 2, "Production").stage
        needed = {"alias": Feature.ALIASES, "stage": Feature.STAGES}.get(ref.selector.kind)
        if needed and refused(registry, needed, lambda: browse.show_version(registry, ref)):
            return
        found, _ = browse.show_version(registry, ref)
        assert (found.number, found.stage, found.aliases) == (2, stage, aliases)

    def test_versions_are_listed_with_their_aliases(self, registry: Registry, model: str) -> None:
        """Aliases are joined from the model."""
        if Feature.ALIASES not in registry.features:
            assert {item.aliases for item in browse.list_versions(registry, ModelRef(model))} == {()}
            return
        registry.set_alias(model, "champion", 2)
        listed = browse.list_versions(registry, ModelRef(model))
        assert [(item.number, item.aliases) for item in listed] == [(3, ()), (2, ("champion",)), (1, ())]

    def test_a_second_holder_is_warned_about(self, registry: Registry, model: str) -> None:
        """Sharing a stage is said, and archiving the others instead is not warned about."""
        ref = parse_ref(f"{model}/1")
        if refused(registry, Feature.STAGES, lambda: move.transition(registry, ref, "Production")):
            return
        first = move.transition(registry, ref, "production")
        second = move.transition(registry, ModelRef(model, parse_ref("x/2").selector), "Production")
        third = move.transition(
            registry, ModelRef(model, parse_ref("x/3").selector), "Production", archive_existing=True
        )
        assert (first.outcome.notes, third.outcome.notes) == ([], [])
        assert f"{model}/1 is in Production too" in second.outcome.notes[0]

    def test_what_it_can_do(self, registry: Registry) -> None:
        """Stages, aliases, filters, whole hits and names of any form are there."""
        assert registry.features == OF_MLFLOW
