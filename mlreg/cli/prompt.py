"""Asking a person: only where one is at the terminal, and never showing what is typed."""

import sys
import warnings

from mlreg.cli.session import Session
from mlreg.core.errors import Failed, Usage
from mlreg.core.secret import Secret


def hidden(session: Session, label: str, otherwise: str) -> Secret:
    """Ask for a value that the terminal does not show. `otherwise` is the command for who cannot be asked.

    Raises Usage without a terminal, and where the terminal could not hide what is typed.
    """
    require_person(session, label, otherwise)
    import getpass

    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return Secret(getpass.getpass(f"{label}: ", stream=sys.stderr))
        except (getpass.GetPassWarning, EOFError):
            raise Usage(f"cannot ask for {label} here", hint=otherwise) from None


def shown(session: Session, label: str, otherwise: str) -> str:
    """Ask for a word; an empty answer is an answer. Raises Usage without a terminal."""
    require_person(session, label, otherwise)
    sys.stderr.write(f"{label}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def require_person(session: Session, label: str, otherwise: str) -> None:
    """Raise Usage when nobody can be asked."""
    if not session.may_ask:
        raise Usage(f"{label} is not given, and there is nobody to ask", hint=otherwise)


def confirm(session: Session, question: str) -> None:
    """Ask before what cannot be undone; --yes and a dry run are not asked.

    Raises Usage when nobody can be asked, Failed when the answer is no: nothing is done then.
    """
    if session.yes or session.runtime.choices.dry_run:
        return
    if not session.may_ask:
        raise Usage(f"{question} There is nobody to ask", hint="to do it without being asked, add --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Failed("not confirmed; nothing is changed")
