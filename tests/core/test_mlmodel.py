"""What MLmodel files say: real forms of MLflow's, and what no MLflow wrote."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mlreg.adapters.mlmodel import read as parse
from mlreg.core.errors import NotMlflow
from mlreg.core.models import mlmodel
from mlreg.core.types import File

SAID = b"""\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    python_version: 3.11.7
  sklearn:
    code: null
    sklearn_version: '1.10'
  custom: {}
signature:
  inputs: '[{"type": "long", "name": "age", "required": true}, {"type": "string", "name": "note", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]'
  params: '[{"name": "top_k", "dtype": "long", "default": 3, "shape": null}]'
utc_time_created: '2026-01-01 00:00:00.000000'
"""


def test_signature() -> None:
    """A type for each column, by name or place; optional ones, tensors, nested types and defaults are told."""
    assert mlmodel.signature(parse(SAID)) == {
        "inputs.age": "long",
        "inputs.note": "string, optional",
        "outputs.0": "float32 [-1,2]",
        "params.top_k": "long = 3",
    }
    nested = [{"type": "array", "items": {"type": "double"}, "name": "points", "required": True}]
    assert mlmodel.signature({"signature": {"inputs": json.dumps(nested), "outputs": None}}) == {
        "inputs.points": 'array {"items":{"type":"double"}}'
    }


def test_flavors() -> None:
    """Versions are the texts that stand there; what is unset is left out."""
    assert mlmodel.flavors(parse(SAID)) == {
        "python_function.env": '{"conda":"conda.yaml","virtualenv":"python_env.yaml"}',
        "python_function.python_version": "3.11.7",
        "sklearn.sklearn_version": "1.10",
        "custom": "yes",
    }


@pytest.mark.parametrize("said", [{}, {"signature": None, "flavors": None}, {"signature": {"inputs": None}}])
def test_nothing_said(said: dict[str, Any]) -> None:
    """A model may have neither."""
    assert (mlmodel.signature(said), mlmodel.flavors(said)) == ({}, {})


@pytest.mark.parametrize(
    "signature",
    [
        "text",
        ["x"],
        {"inputs": "no json"},
        {"inputs": "7"},
        {"inputs": '["x"]'},
        {"inputs": '[{"type": "tensor", "tensor-spec": {"dtype": "long"}}]'},
        {"inputs": "[" * 100_000},
    ],
)
def test_no_signature_of_mlflow(signature: Any) -> None:
    """It is said, not guessed."""
    with pytest.raises(NotMlflow):
        mlmodel.signature({"signature": signature})


@pytest.mark.parametrize("flavors", ["text", ["x"], {"sklearn": "1.0"}])
def test_no_flavors_of_mlflow(flavors: Any) -> None:
    """It is said, not guessed."""
    with pytest.raises(NotMlflow):
        mlmodel.flavors({"flavors": flavors})


@pytest.mark.parametrize("content", [b"\xff", b"a: b: c", b"- a", b"a: &a [*a]"])
def test_no_file_of_mlflow(content: bytes) -> None:
    """Neither is what is no such YAML."""
    with pytest.raises(NotMlflow):
        parse(content)


def test_an_endless_file() -> None:
    """It is read no further than any MLmodel would be long."""

    class Endless:
        def files(self, uri: str) -> list[File]:
            raise AssertionError

        def read(self, uri: str, path: str, start: int = 0) -> Iterator[bytes]:
            while True:
                yield b"x" * 1024 * 1024

        def write(self, *_: Any) -> None:
            raise AssertionError

    with pytest.raises(NotMlflow):
        mlmodel.read(Endless(), "s3://b", parse)
