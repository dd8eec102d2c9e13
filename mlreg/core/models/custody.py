"""What a move owes: protected targets are left alone, and what was moved is recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import field

from mlreg.core.errors import CheckFailed
from mlreg.core.models.journal import SILENT, Journal
from mlreg.core.quoting import quoted
from mlreg.core.records import dataclass
from mlreg.core.types import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """The journal to record in, and the targets (`@alias` or a stage) that only their gates open.

    All of this is on this side: who uses another tool, or other files, is bound by none of it.
    """

    journal: Journal = SILENT
    protected: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def check(self, ref: str, *targets: str) -> None:
        """Raise CheckFailed when one of these targets is protected: `promote` alone moves it, by its gate."""
        self._check(ref, targets, "")

    def check_left(self, name: str, *targets: str) -> None:
        """Raise CheckFailed when one of these targets, which nothing would hold then, is protected."""
        self._check(f"{name}/OTHER", targets, "it can only go to another version: ")

    def _check(self, ref: str, targets: Iterable[str], instead: str) -> None:
        for target in targets:
            for rule in self.protected.get(target, ())[:1]:
                raise CheckFailed(
                    f"{target} is protected by the gate '{rule.text}'",
                    cause=f"{rule.source} says so",
                    hint=f"{instead}mlreg model promote {quoted(ref, target)}",
                )


NONE = Custody()
