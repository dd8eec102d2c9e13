"""Finding models and versions: filters that MLflow knows and those that it does not, orders, holders, runs' values."""

from collections.abc import Sequence

import pytest

from mlreg.core.errors import Unsupported, Usage
from mlreg.core.models import holders, joined, select
from mlreg.core.models.select import Wanted, WantedVersions
from mlreg.core.ports import Feature, Registry
from mlreg.core.references import ModelRef
from mlreg.core.types import NewVersion
from tests.contract.lab import SOURCE, Contract, Lab, refused

AWKWARD = ["", "it's", 'say "hi"', """it's "both" """, "100%", "a_b", "back\\", """'"\\""", "` or 1=1", "é 名"]
NEARLY = ["itxs", """it_s "both" """, "100x", "axb", "backx", "'x\\", " "]


def numbers(registry: Registry, model: str, wanted: WantedVersions) -> list[int]:
    """The versions of a model that are found."""
    return [found.number for found in select.versions(registry, ModelRef(model), wanted)]


def named(registry: Registry, wanted: Wanted, among: Sequence[str]) -> list[str]:
    """Which of these models are found."""
    return [found.name for found in select.models(registry, wanted) if found.name in among]


class FindingContract(Contract):
    """What `model list`, `model versions` and `model holders` rest on."""

    def test_versions_by_tag(self, registry: Registry, name: str) -> None:
        """A tag's value is compared letter by letter, whatever letters; no value breaks out of the filter."""
        registry.create_model(name)
        if refused(registry, Feature.WHOLE_HITS, lambda: numbers(registry, name, WantedVersions(tags={"k": "v"}))):
            return
        for value in (*AWKWARD, *NEARLY):
            registry.create_version(NewVersion(name=name, source=SOURCE, tags={"a b/c": value}))
        for number, value in enumerate(AWKWARD, 1):
            wanted = WantedVersions(tags={"a b/c": value})
            assert numbers(registry, name, wanted) == [number]
            everywhere = select.versions(registry, None, wanted)
            assert [found.number for found in everywhere if found.name == name] == [number]

    def test_versions_by_several_tags(self, registry: Registry, model: str) -> None:
        """A version has all of them."""
        registry.set_version_tag(model, 1, "k", "v")
        registry.set_version_tag(model, 2, "k", "v")
        registry.set_version_tag(model, 2, "l", "w")
        wanted = WantedVersions(tags={"k": "v", "l": "w"})
        if refused(registry, Feature.WHOLE_HITS, lambda: select.versions(registry, ModelRef(model), wanted)):
            return
        assert numbers(registry, model, wanted) == [2]

    def test_a_key_that_no_tag_can_have(self, registry: Registry, model: str) -> None:
        """It is refused before it is sent."""
        for key in "a`b", "x` = 'y' AND tags.`z", "":
            with pytest.raises(Usage):
                select.versions(registry, ModelRef(model), WantedVersions(tags={key: "v"}))

    def test_versions_by_run_and_source(self, lab: Lab, name: str) -> None:
        """They are found by what they were registered with, also among all models."""
        registry, run_id = lab.registry, lab.run()
        registry.create_model(name)
        registry.create_version(NewVersion(name=name, source=SOURCE, run_id=run_id))
        registry.create_version(NewVersion(name=name, source=f"{SOURCE}/it's"))
        assert numbers(registry, name, WantedVersions(run_id=run_id)) == [1]
        assert numbers(registry, name, WantedVersions(source=f"{SOURCE}/it's")) == [2]
        assert numbers(registry, name, WantedVersions(run_id=run_id, source=f"{SOURCE}/it's")) == []
        assert [found.ref for found in select.versions(registry, None, WantedVersions(run_id=run_id))] == [f"{name}/1"]

    def test_versions_by_stage_and_alias(self, registry: Registry, model: str) -> None:
        """What MLflow refuses to filter by is looked for here."""
        stage = WantedVersions(stage="Production")
        if not refused(registry, Feature.STAGES, lambda: numbers(registry, model, stage)):
            registry.transition(model, 2, "Production")
            registry.transition(model, 3, "Production")
            assert numbers(registry, model, stage) == [3, 2]
        alias = WantedVersions(alias="champion")
        if not refused(registry, Feature.ALIASES, lambda: numbers(registry, model, alias)):
            registry.set_alias(model, "champion", 1)
            assert numbers(registry, model, alias) == [1]
            everywhere = select.versions(registry, None, alias)
            assert [found.ref for found in everywhere if found.name == model] == [f"{model}/1"]

    def test_by_time_and_status(self, registry: Registry, model: str) -> None:
        """Versions by their creation, models by their last update; `since` is included, `until` is not."""
        made = [found.created or 0 for found in registry.search_versions(model)]
        assert numbers(registry, model, WantedVersions(since=made[0])) == [3, 2, 1][: made.count(made[0])]
        assert 3 not in numbers(registry, model, WantedVersions(until=made[0]))
        assert numbers(registry, model, WantedVersions(status="READY")) == [3, 2, 1]
        assert numbers(registry, model, WantedVersions(status="FAILED_REGISTRATION")) == []
        updated = registry.get_model(model).updated or 0
        assert updated >= made[0]
        assert named(registry, Wanted(since=updated), [model]) == [model]
        assert named(registry, Wanted(until=updated), [model]) == []

    def test_a_limit(self, registry: Registry, model: str) -> None:
        """No more are read than are wanted; fewer than one cannot be."""
        assert numbers(registry, model, WantedVersions(limit=2)) == [3, 2]
        assert len(list(select.models(registry, Wanted(limit=1)))) == 1
        with pytest.raises(Usage):
            select.models(registry, Wanted(limit=0))

    def test_an_order(self, registry: Registry, model: str) -> None:
        """MLflow's orders are passed on; the same key twice, which MLflow fails at, is refused."""
        oldest = WantedVersions(order_by=("version_number ASC",))
        if refused(registry, Feature.FILTERS, lambda: numbers(registry, model, oldest)):
            return
        assert numbers(registry, model, oldest) == [1, 2, 3]
        assert numbers(registry, model, WantedVersions(order_by=("version_number DESC",))) == [3, 2, 1]
        registry.create_model(f"{model}-z")
        assert named(registry, Wanted(order_by=("name DESC",)), [model, f"{model}-z"]) == [f"{model}-z", model]
        for order in ("name", "name DESC"), ("",):
            with pytest.raises(Usage):
                select.models(registry, Wanted(order_by=order))

    def test_a_filter_of_mlflows(self, registry: Registry, model: str) -> None:
        """It is passed on, beside a model's name and mlreg's own conditions."""
        registry.set_version_tag(model, 1, "k", "it's")
        registry.set_version_tag(model, 2, "k", "it's")
        registry.set_model_tag(model, "k", "v")
        filter = """tags.k = "it's" """.strip()
        wanted = WantedVersions(filter=filter)
        if refused(registry, Feature.FILTERS, lambda: numbers(registry, model, wanted)):
            return
        assert numbers(registry, model, wanted) == [2, 1]
        both = WantedVersions(filter=filter, tags={"k": "it's"}, source=SOURCE, limit=1)
        assert numbers(registry, model, both) == [2]
        assert named(registry, Wanted(filter="tags.`k` = 'v'", tags={"k": "v"}), [model]) == [model]

    @pytest.mark.parametrize("filter", ["nonsense", "description = 'x'", "name = 'x' OR name = 'y'", "name = "])
    def test_a_filter_that_mlflow_refuses(self, registry: Registry, model: str, filter: str) -> None:
        """It is an error with MLflow's words and what MLflow knows, never an empty list."""
        if refused(registry, Feature.FILTERS, lambda: select.models(registry, Wanted(filter=filter))):
            return
        for search, known in (
            (lambda: list(select.models(registry, Wanted(filter=filter))), "name and tags.KEY"),
            (lambda: numbers(registry, model, WantedVersions(filter=filter)), "name, run_id, source_path"),
        ):
            with pytest.raises(Usage) as caught:
                search()
            assert caught.value.cause
            assert known in str(caught.value.hint)

    def test_an_order_that_mlflow_refuses(self, registry: Registry) -> None:
        """It is an error too."""
        with pytest.raises(Usage) as caught:
            list(select.models(registry, Wanted(order_by=("nonsense",))))
        assert caught.value.hint

    def test_models_by_tag_stage_and_alias(self, registry: Registry, model: str) -> None:
        """A model has the tag, a version in the stage, the alias."""
        registry.set_model_tag(model, "k", "it's")
        registry.create_model(f"{model}-z", tags={"k": "its"})
        among = [model, f"{model}-z"]
        if Feature.WHOLE_HITS not in registry.features:
            for wanted in Wanted(tags={"k": "it's"}), Wanted(alias="champion"), Wanted(stage="Production"):
                with pytest.raises(Unsupported):
                    select.models(registry, wanted)
            return
        assert named(registry, Wanted(tags={"k": "it's"}), among) == [model]
        registry.transition(model, 2, "Production")
        assert named(registry, Wanted(stage="Production"), among) == [model]
        with pytest.raises(Usage):
            select.models(registry, Wanted(stage="None"))
        if not refused(registry, Feature.ALIASES, lambda: select.models(registry, Wanted(alias="champion"))):
            registry.set_alias(model, "champion", 1)
            assert named(registry, Wanted(alias="champion"), among) == [model]

    def test_holders(self, registry: Registry, model: str) -> None:
        """For each model who holds its stages and aliases: several versions may share a stage."""
        expected: dict[str, list[int]] = {}
        if Feature.STAGES in registry.features:
            for number, stage in (1, "Production"), (3, "Production"), (2, "Archived"):
                registry.transition(model, number, stage)
            expected["Production"] = [3, 1]
        if Feature.ALIASES in registry.features:
            registry.set_alias(model, "champion", 2)
            registry.set_alias(model, "Champion", 2)
            expected |= {"@Champion": [2], "@champion": [2]}
        found = next(item for item in holders.holders(registry) if item.name == model)
        assert {place: [each.version for each in held] for place, held in found.holders.items()} == expected
        assert list(found.holders) == list(expected)
        assert all(each.created for held in found.holders.values() for each in held)
        archived = ["Archived"]
        if not refused(registry, Feature.STAGES, lambda: list(holders.holders(registry, archived))):
            found = next(item for item in holders.holders(registry, archived) if item.name == model)
            assert [each.version for each in found.holders["Archived"]] == [2]

    def test_values_of_runs(self, lab: Lab, name: str) -> None:
        """They stand beside the versions; what the run has not is None, and a run that cannot be had is unknown."""
        registry, run_id = lab.registry, lab.run(metrics={"auc": 0.5}, params={"lr": "1e-3"})
        registry.create_model(name)
        for given in run_id, None:
            registry.create_version(NewVersion(name=name, source=SOURCE, run_id=given))
        asked = joined.Asked(("auc", "loss"), ("lr",))
        found = select.versions(registry, ModelRef(name), WantedVersions())
        values = {item.number: dict(logged) for item, logged in joined.versions(lambda: lab.tracking, found, asked)}
        assert values == {
            1: {"metrics.auc": 0.5, "metrics.loss": None, "params.lr": "1e-3"},
            2: dict.fromkeys(asked.fields),
        }
        models = registry.search_models()
        if not refused(
            registry, Feature.WHOLE_HITS, lambda: joined.models(registry, lambda: lab.tracking, models, asked)
        ):
            registry.create_version(NewVersion(name=name, source=SOURCE, run_id=run_id))
            both = joined.models(registry, lambda: lab.tracking, registry.search_models(), asked)
            assert next(logged for model, logged in both if model.name == name)["metrics.auc"] == 0.5

    def test_values_of_a_run_that_is_not_there(self, lab: Lab, name: str) -> None:
        """They are unknown, never blank."""
        asked = joined.Asked(("auc",), ())
        assert asked.values("0" * 32, lab.tracking.get_runs(["0" * 32]).get("0" * 32)) == {"metrics.auc": "unknown"}
