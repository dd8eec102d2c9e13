"""Registering a version from whatever a model can come from."""

import pytest

from mlreg.core.errors import ModelNotFound, SourceNotFound
from mlreg.core.models import transfer
from mlreg.core.ports import Feature
from mlreg.core.references import ModelRef
from mlreg.core.types import NewVersion
from tests.contract.lab import SOURCE, Contract, Lab


class RegisteringContract(Contract):
    """What a SOURCE becomes."""

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
