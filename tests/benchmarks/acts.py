"""What is measured, as data: acts of mlreg, peers that do the same, and bounds; they are in rows/.

Commands are written as for a shell; `$name` is filled in by the place (see places.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.figures import Bound
from tests.benchmarks.places import Opening, Place, served


@dataclass(frozen=True)
class Peer:
    """Somebody else's way to the same end, and what mlreg owes it; it takes part in each `every`-th round."""

    name: str
    command: str
    bound: Bound
    every: int = 1


@dataclass(frozen=True)
class Act:
    """A command of mlreg, a name to choose it by, and where it is done; what follows a comma in the name is shown too.

    All commands read `given` from standard input. `prepare` comes before every run, unmeasured; `done` tells that a
    run did its work. `size` is how much there was, for acts that show how the cost grows; `memory` is how many MB
    mlreg may take at most, and `imports` says that its modules are counted.
    """

    name: str
    command: str
    peers: tuple[Peer, ...] = ()
    done: Callable[[Place, str], bool] = lambda place, output: True
    prepare: Callable[[Place], object] = lambda place: None
    place: Opening = served
    given: str = ""
    size: int | None = None
    memory: float | None = None
    imports: bool = False

    @property
    def command_shown(self) -> str:
        """The command as the report has it."""
        return f"`{self.command.removeprefix('$mlreg ')}`"

    @property
    def title(self) -> str:
        """How a table calls it: by its command, and by what the name adds."""
        return ", ".join([self.command_shown, *self.name.split(", ")[1:]])
