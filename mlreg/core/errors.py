"""Every failure mlreg can report: a stable code for scripts, an exit code, a cause and the command that mends it.

MlregError
├── Failed                 1   something else went wrong
├── Usage                  2   the command line asks for something impossible
│   └── Unsupported            this server or registry cannot do that
├── NotFound               3   a name that does not exist
│   ├── ComponentNotFound      tracker, stack or secret
│   ├── NoServer               nothing says which server to talk to
│   ├── ModelNotFound
│   │   └── NotAModel          a prompt of that name
│   ├── VersionNotFound
│   ├── AliasNotFound
│   └── SourceNotFound         a run, a path in a run, a logged model
├── NotAllowed             4   credentials, permission, missing secret
│   ├── Unauthenticated
│   ├── PermissionDenied
│   └── SecretMissing
├── StoreError             5   the component file
│   ├── StoreBroken
│   ├── StoreLocked
│   └── StoreNotWritable
├── Unreachable            6   no answer, or no answer that MLflow would give
│   ├── TimedOut
│   ├── Untrusted              the certificate does not verify
│   └── NotMlflow
├── Conflict               7   exists already, moved meanwhile, precondition failed
│   └── AlreadyExists
├── CheckFailed            8   a check said no
├── CannotTell             9   a check could not tell: also a refusal
├── VaultUnavailable      75   the keyring is missing, locked or silent
│   ├── VaultLocked
│   └── VaultRefused           a keyring backend that does not protect what it stores
├── NotExecutable        126   the command of `mlreg run` cannot be executed
└── CommandNotFound      127   there is no such command
"""

import difflib
import re
from collections.abc import Iterable


class MlregError(Exception):
    """A failure a person or a script can act on.

    `message` says what, `cause` says why, `hint` is the command (or the act) that mends it.
    """

    exit = 1

    def __init__(self, message: str, *, cause: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.hint = hint

    def __str__(self) -> str:
        """All of it in one line, as programs show an exception that they do not catch."""
        cause = f" ({self.cause})" if self.cause else ""
        hint = f"; {self.hint}" if self.hint else ""
        return " ".join(f"{self.message}{cause}{hint}".split())

    @property
    def code(self) -> str:
        """The class name in snake_case: part of the output contract."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Failed(MlregError):
    pass


class Usage(MlregError):
    exit = 2


class Unsupported(Usage):
    pass


class NotFound(MlregError):
    exit = 3


class ComponentNotFound(NotFound):
    pass


class NoServer(NotFound):
    pass


class ModelNotFound(NotFound):
    pass


class NotAModel(ModelNotFound):
    pass


class VersionNotFound(NotFound):
    pass


class AliasNotFound(NotFound):
    pass


class SourceNotFound(NotFound):
    pass


class NotAllowed(MlregError):
    exit = 4


class Unauthenticated(NotAllowed):
    pass


class PermissionDenied(NotAllowed):
    pass


class SecretMissing(NotAllowed):
    pass


class StoreError(MlregError):
    exit = 5


class StoreBroken(StoreError):
    pass


class StoreLocked(StoreError):
    pass


class StoreNotWritable(StoreError):
    pass


class Unreachable(MlregError):
    exit = 6


class TimedOut(Unreachable):
    pass


class Untrusted(Unreachable):
    pass


class NotMlflow(Unreachable):
    pass


class Conflict(MlregError):
    exit = 7


class AlreadyExists(Conflict):
    pass


class CheckFailed(MlregError):
    exit = 8


class CannotTell(MlregError):
    exit = 9


class VaultUnavailable(MlregError):
    exit = 75


class VaultLocked(VaultUnavailable):
    pass


class VaultRefused(VaultUnavailable):
    pass


class NotExecutable(MlregError):
    exit = 126


class CommandNotFound(MlregError):
    exit = 127


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return "did you mean 'x'?" for the nearest known name, or None when nothing is near."""
    names = list(known)
    begun = [other for other in names if len(name) > 1 and other.startswith(name)]
    close = begun or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else None
