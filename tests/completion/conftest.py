"""Fixtures of the completion tests: a filled names cache, and the answer to a line that is typed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlreg.completion.answer import answer
from mlreg.completion.known import Known
from tests.completion.shelf import Shelf

Ask = Callable[..., dict[str, str]]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A cache with three stacks, two secrets and three models; the working directory is in no project."""
    monkeypatch.chdir(tmp_path)
    shelf = Shelf(tmp_path / "mlreg")
    shelf.put_components()
    shelf.put_models()
    shelf.put_models(["fraud-eu\tlive=3\t3="], stack="prod", server="https://mlflow.example.com")
    return shelf


@pytest.fixture
def ask(shelf: Shelf) -> Ask:
    """What may stand for the last word, each with its note."""

    def asked(*words: str, **environ: str) -> dict[str, str]:
        how, *lines = answer("zsh", list(words), Known({**shelf.environ, **environ})).split("\n")
        assert how == "words"
        return dict(line.split("\t") for line in lines)

    return asked
