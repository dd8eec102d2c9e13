"""Starting: commands that need no server, beside the least that a Python program takes, and beside gh."""

from functools import partial
from typing import Final

from tests.benchmarks.acts import Act, Peer
from tests.benchmarks.figures import at_most
from tests.benchmarks.filling import model_name
from tests.benchmarks.places import Place, offline

COMPLETE: Final = "$mlreg __complete bash 'mlreg --stack names model versions ' ''"
GH: Final = Peer("gh --version", "gh --version", at_most(4.5))
MANY: Final = partial(offline, components=1000)


def python(limit: float | None = None) -> Peer:
    """The least that any Python program takes."""
    return Peer("python -c pass", "$python -c pass", at_most(limit))


def completes(count: int, place: Place, _output: str) -> bool:
    """Tell whether mlreg answers TAB with so many names; its peers do what they do."""
    names = [model_name(number) for number in range(count)]
    return place.run(COMPLETE).stdout.splitlines() == ["words", *names]


def completion(names: int) -> Act:
    """The same TAB with another number of names."""
    place, done = partial(offline, names=names), partial(completes, names)
    return Act(f"completion, {names:,} names", COMPLETE, (python(),), done=done, place=place, size=names)


ACTS: Final = (
    Act("version", "$mlreg --version", (python(2.5),), place=offline),
    Act("help", "$mlreg --help", (python(15), GH), place=offline, imports=True),
    Act("stack list", "$mlreg stack list", (python(15), GH), place=offline, size=10, imports=True),
    Act(
        "completion",
        COMPLETE,
        (python(3), Peer("gh __complete", "gh __complete pr ''", at_most(0.8))),
        done=partial(completes, 1000),
        place=offline,
        size=1000,
    ),
    completion(10),
    completion(10_000),
    Act("stack list, 1,000 components", "$mlreg stack list", (python(),), place=MANY, size=1000),
)
