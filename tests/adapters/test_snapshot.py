"""The copy of what a component file said: used only while it is true, never with a credential in it."""

import os
import stat
from pathlib import Path

import pytest

from mlreg.adapters.yaml_store import YamlStore

OLD = "trackers: {a: {tracking_uri: https://h, no_auth: true}}\n"


@pytest.fixture
def store(tmp_path: Path) -> YamlStore:
    """A store whose file was written long ago, with a place for the copy."""
    store = YamlStore(tmp_path / "components.yaml", snapshot=tmp_path / "cache" / "components.json")
    write(store, OLD)
    return store


def write(store: YamlStore, text: str, when: int = 1_700_000_000) -> None:
    """Write the file as a person would, in place, at some time."""
    store.path.write_text(text)
    os.utime(store.path, (when, when))


def copy(store: YamlStore) -> Path:
    """Where the copy is."""
    assert store.snapshot
    return store.snapshot


def test_it_is_used(store: YamlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reader gets the same without opening the file, and the copy is private."""
    first = store.read()
    monkeypatch.setattr(YamlStore, "_text", lambda self: pytest.fail("the file was read"))
    assert store.read() == first
    assert stat.S_IMODE(copy(store).stat().st_mode) == 0o600


def test_a_change_by_hand_is_seen(store: YamlStore) -> None:
    """Also one that leaves size and modification time as they were: the time of the change itself tells."""
    store.read()
    write(store, OLD.replace("a:", "b:"))
    assert list(store.read().trackers) == ["b"]


def test_a_change_by_mlreg_is_seen(store: YamlStore) -> None:
    """Its own writes make a new file."""
    store.read()
    store.edit(lambda known: {("trackers", "c"): {"tracking_uri": "https://h", "no_auth": True}})
    assert list(store.read().trackers) == ["a", "c"]


def test_a_fresh_file_is_not_kept(store: YamlStore) -> None:
    """It might change again within the same tick of the clock."""
    store.path.write_text(OLD)
    store.read()
    assert not copy(store).exists()


@pytest.mark.parametrize(
    "credential", ["tracking_token: c4n4ry", "tracking_headers: {X-Key: c4n4ry}", "tracking_uri: 'https://u:c4n4ry@h'"]
)
def test_credentials_are_not_copied(store: YamlStore, credential: str) -> None:
    """A file with a literal credential has no copy."""
    entry = credential if "uri" in credential else f"tracking_uri: https://h, {credential}"
    write(store, f"trackers: {{a: {{{entry}}}}}\n")
    store.read()
    assert not copy(store).exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"file": 1}', '{"identity": []}'])
def test_a_broken_copy_is_passed_over(store: YamlStore, content: str) -> None:
    """It costs nothing but the time it would have saved."""
    store.read()
    copy(store).write_text(content)
    assert list(store.read().trackers) == ["a"]


def test_no_place_for_it(store: YamlStore) -> None:
    """Where nothing can be written, reading works."""
    copy(store).parent.write_text("a file in its place")
    assert list(store.read().trackers) == ["a"]
