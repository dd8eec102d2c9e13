"""Two promotions at the same moment, on a real server: whoever is told yes saw its own version."""

import itertools
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from mlreg.adapters import local_files, rest
from mlreg.adapters.journal_file import witness
from mlreg.cli.progress import NoMeter
from mlreg.core.errors import Conflict
from mlreg.core.models.custody import Custody
from mlreg.core.models.files import Means
from mlreg.core.models.history import history
from mlreg.core.models.journal import Journal
from mlreg.core.models.promote import Terms, promote
from mlreg.core.references import parse_ref
from mlreg.core.types import NewVersion
from tests.labs import no_secrets, tracker_of
from tests.servers import Server

ROUNDS = 200
PARTS = 8  # each with a model of its own: what is recorded on its versions makes every answer longer
VERSIONS = (1, 2, 3)


def now_ms() -> int:
    """The time, in milliseconds."""
    return int(time.time() * 1000)


class Mover:
    """Somebody who promotes, with a connection of their own."""

    def __init__(self, server: Server, name: str, journal: Journal) -> None:
        connection = rest.connect(tracker_of(server), no_secrets, timeout_s=600, notify=lambda _: None)
        disk = local_files.connect()
        self.name, self.registry, self.custody = name, connection, Custody(journal=journal)
        self.means = Means(registry=connection, tracking=connection, storage=lambda _: disk, disk=disk, meter=NoMeter())

    def promote(self, number: int, together: threading.Barrier) -> int | None:
        """Promote a version when the other one does; return it when told yes, None when told of a conflict."""
        together.wait()
        ref = parse_ref(f"{self.name}/{number}")
        try:
            done = promote(self.means, ref, "@champion", Terms(), self.custody, now_ms)
        except Conflict:
            return None
        assert (done.exit, done.version, done.outcome.changed) == (0, number, True)
        return number


@pytest.mark.parametrize("_part", range(PARTS))
def test_two_promotions_at_once(plain_server: Server, tmp_path: Path, _part: int) -> None:
    """The holder in the end is one that was told yes, and every winner that was overwritten is in the history."""
    name = f"race-{uuid4().hex[:8]}"
    journal = Journal(witness(tmp_path, {}, lambda: "ada", ""))
    movers = [Mover(plain_server, name, journal) for _ in range(2)]
    registry = movers[0].registry
    registry.create_model(name)
    for _ in VERSIONS:
        registry.create_version(NewVersion(name=name, source="s3://bucket/model"))
    registry.set_alias(name, "champion", 1)
    winners: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS // PARTS):
            holder = registry.get_model(name).aliases["champion"]
            rivals = [number for number in VERSIONS if number != holder]
            told = pool.map(Mover.promote, movers, rivals, itertools.repeat(threading.Barrier(2)))
            yes = [number for number in told if number is not None]
            assert registry.get_model(name).aliases["champion"] in yes
            winners += yes
    recorded = [event for event in history(registry, parse_ref(f"{name}@champion")) if event.act == "promote"]
    moves = Counter(event.version for event in recorded)
    assert all(moves[number] >= count for number, count in Counter(winners).items())
    assert len(recorded) == 2 * ROUNDS // PARTS
