"""Measuring side by side: every round runs mlreg and each peer once, so that a busy moment hits them all alike."""

import subprocess
import time
from dataclasses import dataclass

from tests.benchmarks.acts import Act
from tests.benchmarks.figures import Times
from tests.benchmarks.places import Place

SPY = (
    "import sys; from mlreg.cli.main import run; "
    "code = run(sys.argv[1:]); print(len(sys.modules), file=sys.stderr); sys.exit(code)"
)


@dataclass(frozen=True)
class Measured:
    """An act and the milliseconds of its runs: mlreg's, and those of each peer in the order of `act.peers`."""

    act: Act
    mlreg: Times
    peers: tuple[Times, ...]


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
                taken.append(milliseconds(place.fill(command), place))
    return Measured(act, times[0], tuple(times[1:]))


def rehearse(act: Act, place: Place, command: str) -> None:
    """Run a command once, unmeasured; raise unless it does what it is measured for."""
    act.prepare(place)
    output = place.run(command).stdout
    if not act.done(place, output):
        raise RuntimeError(f"{command} did not do its work: {output[:1000]}")


def milliseconds(words: list[str], place: Place) -> float:
    """Return how long a command takes from its start to its end, as a person waits for it."""
    started = time.perf_counter()
    subprocess.run(
        words,
        env=place.env,
        cwd=place.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return (time.perf_counter() - started) * 1000


def imports(place: Place, command: str) -> int:
    """Return how many modules a command of mlreg has loaded when it ends."""
    return int(place.run(f'$python -c "{SPY}" {command}').stderr.splitlines()[-1])


def interpreter_imports(place: Place) -> int:
    """Return how many modules an interpreter loads by itself."""
    return int(place.run('$python -c "import sys; print(len(sys.modules))"').stdout)
