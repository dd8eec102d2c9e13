"""Measuring side by side: every round runs mlreg and each peer once, so that a busy moment hits them all alike."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.acts import Act
from tests.benchmarks.environments import Tools
from tests.benchmarks.figures import Times
from tests.benchmarks.places import Place

SPY: Final = (
    "import sys; from mlreg.cli.main import run; "
    "code = run(sys.argv[1:]); print(len(sys.modules), file=sys.stderr); sys.exit(code)"
)
PEAK: Final = Path(__file__).with_name("peak.py")


@dataclass(frozen=True)
class Measured:
    """An act and the milliseconds of its runs: mlreg's, and those of each peer in the order of `act.peers`.

    Where the act asks for it, also the MB that mlreg had in memory at most, and how many modules it loaded.
    """

    act: Act
    mlreg: Times
    peers: tuple[Times, ...]
    peak: float | None = None
    imports: int | None = None


def measure(act: Act, place: Place, rounds: int) -> Measured:
    """Run mlreg and the peers in turn, after one unmeasured run of each that shows that it does the work."""
    commands = [act.command, *(peer.command for peer in act.peers)]
    turns = [1, *(peer.every for peer in act.peers)]
    for command in commands:
        rehearse(act, place, command)
    times: list[list[float]] = [[] for _ in commands]
    for number in range(rounds):
        for command, every, taken in zip(commands, turns, times, strict=True):
            if number % every == 0:
                act.prepare(place)
                taken.append(milliseconds(place.fill(command), place, act.given))
    peak = peak_of(act, place) if act.memory else None
    return Measured(act, times[0], tuple(times[1:]), peak, imports(place, act.command) if act.imports else None)


def rehearse(act: Act, place: Place, command: str) -> None:
    """Run a command once, unmeasured; raise unless it does what it is measured for."""
    act.prepare(place)
    output = place.run(command, act.given).stdout
    if not act.done(place, output):
        raise RuntimeError(f"{command} did not do its work: {output[:1000]}")


def milliseconds(words: list[str], place: Place, given: str = "") -> float:
    """Return how long a command takes from its start to its end, as a person waits for it."""
    started = time.perf_counter()
    subprocess.run(
        words,
        env=place.env,
        cwd=place.home,
        input=given.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return (time.perf_counter() - started) * 1000


def peak_of(act: Act, place: Place) -> float:
    """Return how many MB a command of mlreg had in memory at most."""
    act.prepare(place)
    return float(place.run(f"$python -I -S {PEAK} {act.command}", act.given).stderr.splitlines()[-1])


def imports(place: Place, command: str) -> int:
    """Return how many modules a command of mlreg has loaded when it ends."""
    return int(place.run(f'$python -c "{SPY}" {command.removeprefix("$mlreg")}').stderr.splitlines()[-1])


def interpreter_imports(tools: Tools) -> int:
    """Return how many modules an interpreter loads by itself."""
    command = [str(tools.mlreg), "-c", "import sys; print(len(sys.modules))"]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)
