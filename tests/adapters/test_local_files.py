"""This machine's files where the disk refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlreg.adapters import local_files
from mlreg.core.errors import Failed, MlregError, Unreachable


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk(tmp_path: Path) -> None:
    """It is told in mlreg's way, at the last byte too, with what to do."""
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(Failed) as refused:
        local_files.connect().append(str(tmp_path), "full", [b"x"])
    assert "goes on where it stopped" in str(refused.value.hint)


def test_a_source_that_breaks_off_is_not_the_disks_fault(tmp_path: Path) -> None:
    """Its error comes out as it is, and what had arrived stays."""

    def pieces() -> Iterator[bytes]:
        yield b"begun"
        raise Unreachable("gone")

    with pytest.raises(MlregError, match="gone"):
        local_files.connect().append(str(tmp_path), "file", pieces())
    assert (tmp_path / "file").read_bytes() == b"begun"
