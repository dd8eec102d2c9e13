"""Gates, promotion, history and rollback: on every registry, by alias or, where it has none, by stage."""

import itertools
import math

import pytest

from mlreg.adapters import local_files
from mlreg.cli.progress import NoMeter
from mlreg.core.errors import CannotTell, Conflict
from mlreg.core.gates import Unknown, Verdict, parse
from mlreg.core.models import evidence
from mlreg.core.models.custody import Custody
from mlreg.core.models.files import Means
from mlreg.core.models.history import history
from mlreg.core.models.journal import Journal, Witness
from mlreg.core.models.promote import Promoted, Terms, promote
from mlreg.core.models.prune import prunable
from mlreg.core.models.rollback import roll_back
from mlreg.core.ports import Feature, Registry
from mlreg.core.references import ModelRef, Selector, parse_ref
from mlreg.core.types import Measurement, NewVersion
from tests.contract.lab import Contract, Lab

NOW_MS = 1_800_000_000_000
BETTER = "metrics.auc >= holder.metrics.auc + 0.01"
READS = parse("metrics.error <= metrics.f1").fields()


class PromotionContract(Contract):
    """The behaviours of promoting."""

    @pytest.fixture
    def means(self, lab: Lab) -> Means:
        """What a promotion works with."""
        disk = local_files.connect()
        return Means(registry=lab.registry, tracking=lab.tracking, storage=lambda uri: disk, disk=disk, meter=NoMeter())

    @pytest.fixture
    def custody(self) -> Custody:
        """A journal whose clock goes a second further each time it is looked at."""
        clock, names = itertools.count(NOW_MS, 1000), itertools.count()
        witness = Witness(
            by=lambda: "ada",
            job="https://ci.example.com/7",
            comment="why not",
            now_ms=lambda: next(clock),
            nonce=lambda: f"{next(names):08x}",
            keep=lambda facts: None,
        )
        return Custody(journal=Journal(witness))

    @pytest.fixture
    def pointer(self, registry: Registry, trained: str) -> ModelRef:
        """An alias of the model, or its Production stage."""
        if Feature.ALIASES in registry.features:
            return ModelRef(trained, Selector("alias", "champion"))
        return ModelRef(trained, Selector("stage", "Production"))

    @pytest.fixture
    def trained(self, lab: Lab, registry: Registry, name: str) -> str:
        """A model with three versions, each from a run that is a little better."""
        registry.create_model(name)
        for auc in (0.80, 0.85, 0.90):
            run_id = lab.run({"model/MLmodel": "flavors: {}\n"}, metrics={"auc": auc})
            uri = f"{lab.tracking.get_run(run_id).artifact_uri}/model"
            registry.create_version(NewVersion(name=name, source=uri, run_id=run_id))
        return name

    def to(self, means: Means, custody: Custody, pointer: ModelRef, number: int, *texts: str) -> Promoted:
        """Promote a version under conditions."""
        terms = Terms(conditions=[parse(text) for text in texts], allow_first=number == 1)
        target = f"@{pointer.selector.value}" if pointer.selector and pointer.selector.kind == "alias" else "Production"
        ref = parse_ref(f"{pointer.name}/{number}")
        return promote(means, ref, target, terms, custody, lambda: NOW_MS)

    def test_promotion_and_the_way_back(self, means: Means, custody: Custody, pointer: ModelRef) -> None:
        """A better version takes over, a worse one does not; rolling back walks back, and all of it is recorded."""
        assert self.to(means, custody, pointer, 1, "metrics.auc >= 0.5").exit == 0
        assert self.to(means, custody, pointer, 2, BETTER).previous == 1
        assert self.to(means, custody, pointer, 3, BETTER).previous == 2
        refused = self.to(means, custody, pointer, 1, BETTER)
        assert (refused.verdict, refused.exit, refused.outcome.changed) == (Verdict.FALSE, 8, False)
        assert self.to(means, custody, pointer, 1, "metrics.f1 >= 0.1").exit == 9
        again = self.to(means, custody, pointer, 3, "metrics.auc > 1")
        assert (again.exit, again.outcome.changed) == (0, False)
        assert roll_back(means, pointer, custody).version == 2
        assert roll_back(means, pointer, custody).version == 1
        with pytest.raises(CannotTell) as lost:
            roll_back(means, pointer, custody)
        assert "--to" in str(lost.value.hint)
        told = [(event.act, event.previous, event.version, event.by) for event in history(means.registry, pointer)]
        assert told == [
            ("rollback", 2, 1, "ada"),
            ("rollback", 3, 2, "ada"),
            ("promote", 2, 3, "ada"),
            ("promote", 1, 2, "ada"),
            ("promote", None, 1, "ada"),
        ]

    def test_a_move_outside(self, means: Means, custody: Custody, pointer: ModelRef) -> None:
        """It is a gap in the history, and rolling back does not guess."""
        self.to(means, custody, pointer, 1)
        self.to(means, custody, pointer, 2)
        if Feature.ALIASES in means.registry.features:
            means.registry.set_alias(pointer.name, "champion", 3)
        else:
            means.registry.transition(pointer.name, 3, "Production", archive_existing=True)
        newest = history(means.registry, pointer)[0]
        assert (newest.act, newest.previous, newest.version) == ("moved outside mlreg", 2, 3)
        with pytest.raises(CannotTell):
            roll_back(means, pointer, custody)
        assert roll_back(means, pointer, custody, to=1).version == 1

    def test_an_unexpected_holder(self, means: Means, custody: Custody, pointer: ModelRef) -> None:
        """Is a conflict, and nothing moves."""
        self.to(means, custody, pointer, 1)
        target = "@champion" if Feature.ALIASES in means.registry.features else "Production"
        ref = parse_ref(f"{pointer.name}/2")
        with pytest.raises(Conflict):
            promote(means, ref, target, Terms(expect=3), custody, lambda: NOW_MS)
        assert history(means.registry, pointer)[0].version == 1

    def test_what_may_be_pruned(self, means: Means, custody: Custody, pointer: ModelRef) -> None:
        """Neither the holder nor those that two rollbacks would go back to."""
        for number in (1, 2, 3):
            self.to(means, custody, pointer, number)
        found = prunable(means, ModelRef(pointer.name), keep=0, before_ms=None)
        assert [item.version.number for item in found] == []

    def test_a_metric_that_another_run_logged(
        self, lab: Lab, means: Means, custody: Custody, pointer: ModelRef
    ) -> None:
        """Of a logged model counts if that run says so too: MLflow tells its NaN as 0.0. A deleted run says nothing."""
        run_id, other = lab.run(), lab.run()
        model_id = lab.logged_model(run_id, "net")
        if model_id is None:
            return
        for key, values in {"loss": [math.nan], "error": [0.25, 0.0], "f1": [0.5, 0.75]}.items():
            measured = [Measurement(step, NOW_MS, value) for step, value in enumerate(values)]
            lab.measure(other, key, measured, model_id=model_id)
        lab.measure(other, "f1", [Measurement(9, NOW_MS, 0.1)])
        new = NewVersion(name=pointer.name, source=f"models:/{model_id}", run_id=run_id, model_id=model_id)
        number = means.registry.create_version(new).number
        self.to(means, custody, pointer, 1)
        refused = self.to(means, custody, pointer, number, "metrics.loss <= 0.3")
        assert (refused.exit, refused.outcome.changed) == (9, False)
        lab.delete_run(run_id)
        assert self.to(means, custody, pointer, number, 'run.status == "FINISHED"').exit == 9
        found = evidence.facts(means, means.registry.get_version(pointer.name, number), READS, NOW_MS)
        assert isinstance(found.sources, tuple)
        told = [source.metrics for source in found.sources if source.name == f"logged model {model_id}"]
        if not told:  # a registry that forgets which logged model a version is
            return
        [known] = told
        assert not isinstance(known, Unknown)
        assert (known["error"], known["f1"]) == (0.0, 0.75)
