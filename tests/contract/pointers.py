"""Stages and aliases: what points at a version, and the references that follow it."""

import pytest

from mlreg.core.models import browse, move
from mlreg.core.ports import Feature, Registry
from mlreg.core.references import ModelRef, parse_ref
from tests.contract.lab import Contract, refused


class PointerContract(Contract):
    """What moves from version to version."""

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
