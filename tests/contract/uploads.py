"""Places for the files of a new model, and where the files of a version are."""

from uuid import uuid4

import pytest

from mlreg.core.errors import VersionNotFound
from mlreg.core.ports import Registry
from mlreg.core.types import NewVersion, Upload, Version
from tests.contract.lab import SOURCE, Contract, Lab

ROOT = "s3://bucket/root"


class UploadContract(Contract):
    """Where files go, and where they are."""

    @pytest.mark.parametrize("experiment", [None, "new"])
    def test_an_upload_becomes_a_version(self, lab: Lab, name: str, experiment: str | None) -> None:
        """The experiment is made the first time and found the second; the version's files are the uploaded ones."""
        lab.registry.create_model(name)
        experiment = experiment and f"upload {uuid4().hex}"
        uploads = [lab.tracking.open_upload(experiment, "net") for _ in range(2)]
        assert uploads[0].uri != uploads[1].uri
        for upload in uploads:
            lab.tracking.close_upload(upload, complete=True)
            version = registered(lab, name, upload)
            assert lab.registry.artifact_uri(name, version.number) == self.told(version.ref, upload.uri)
            assert state(lab, upload) in ("READY", "FINISHED")

    @pytest.mark.parametrize("awkward", ["main.ml.churn", "it's", 'a "b"', "100%"])
    def test_an_upload_for_any_model(self, lab: Lab, awkward: str) -> None:
        """The name of a model may be one that MLflow takes for no logged model."""
        upload = lab.tracking.open_upload(None, awkward)
        lab.tracking.close_upload(upload, complete=True)
        assert state(lab, upload) in ("READY", "FINISHED")

    def test_an_upload_below_a_root(self, lab: Lab) -> None:
        """An experiment that is made gets its artifacts there; one that exists keeps its own place."""
        experiment = uuid4().hex
        for root in ROOT, f"{ROOT}/other":
            upload = lab.tracking.open_upload(experiment, "net", root)
            assert upload.uri.startswith(f"{ROOT}/{experiment}/")
            lab.tracking.close_upload(upload, complete=True)

    def test_an_upload_that_failed(self, lab: Lab) -> None:
        """It is marked, so that nobody takes it for a model."""
        upload = lab.tracking.open_upload(None, "net")
        lab.tracking.close_upload(upload, complete=False)
        assert state(lab, upload) == "FAILED"

    def test_where_files_are(self, lab: Lab, name: str) -> None:
        """A storage URI is told as it is; a version made from another one is where that one is."""
        lab.registry.create_model(name)
        lab.registry.create_version(NewVersion(name=name, source=SOURCE))
        lab.registry.create_version(NewVersion(name=name, source=f"models:/{name}/1"))
        for number in 1, 2:
            assert lab.registry.artifact_uri(name, number) == self.told(f"{name}/{number}", SOURCE)

    def test_where_a_runs_files_are(self, lab: Lab, name: str) -> None:
        """They are below the run's artifacts, and a logged model's where it was logged."""
        lab.registry.create_model(name)
        run_id = lab.run({"model/MLmodel": "flavors: {}\n"})
        place = f"{lab.tracking.get_run(run_id).artifact_uri}/model"
        places = {place: NewVersion(name=name, source=place, run_id=run_id)}
        model_id = lab.logged_model(run_id, "net")
        if model_id is not None:
            place = lab.tracking.get_logged_model(model_id).artifact_uri
            places[place] = NewVersion(name=name, source=f"models:/{model_id}", model_id=model_id, run_id=run_id)
        for place, new in places.items():
            version = lab.registry.create_version(new)
            assert lab.registry.artifact_uri(name, version.number) == self.told(version.ref, place)

    def test_where_an_absent_versions_files_are(self, registry: Registry, model: str) -> None:
        """The version is not found."""
        with pytest.raises(VersionNotFound):
            registry.artifact_uri(model, 99)

    def told(self, ref: str, place: str) -> str:
        """What a registry tells of a version whose files are there."""
        return place


def registered(lab: Lab, name: str, upload: Upload) -> Version:
    """The version that is made of an upload."""
    new = NewVersion(name=name, source=upload.source, model_id=upload.model_id, run_id=upload.run_id)
    return lab.registry.create_version(new)


def state(lab: Lab, upload: Upload) -> str:
    """What the server says of an upload."""
    if upload.model_id is not None:
        return lab.tracking.get_logged_model(upload.model_id).status
    return lab.tracking.get_run(str(upload.run_id)).status
