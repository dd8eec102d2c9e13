"""One run of mlreg: its world (the runtime), its voice (the output), and whether it may ask."""

import sys
from dataclasses import dataclass

from mlreg.cli.render import Output
from mlreg.runtime import Runtime


@dataclass(slots=True)
class Session:
    """What every command finds in its context."""

    runtime: Runtime
    out: Output
    no_input: bool = False
    yes: bool = False
    debug: bool = False
    no_ci: bool = False
    own_exit: int | None = None
    """The exit code of mlreg's failures, where the others are those of a command that it runs."""

    @property
    def may_ask(self) -> bool:
        """Prompts need a person at both ends: terminals on stdin and stderr, and no CI."""
        return not self.no_input and not self.runtime.environ.get("CI") and sys.stdin.isatty() and sys.stderr.isatty()


def start() -> Session:
    """Make the session of this process."""
    runtime = Runtime()
    out = Output(runtime.environ)
    runtime.notify = out.warn
    runtime.say = out.say
    session = Session(runtime=runtime, out=out)
    runtime.may_ask = lambda: session.may_ask
    return session
