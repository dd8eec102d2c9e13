"""Bringing the names cache up to date behind the prompt, in one process for each stack, that nobody waits for."""

import os
import time

from mlreg.completion.known import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mlreg.core.types import Tracker
    from mlreg.runtime import Runtime

NEVER_ASKS = "SecretService Keyring"  # without a person mlreg leaves it locked; others unlock themselves when asked
TRY_AGAIN_S = 60
READ_AGAIN_S = 5
TIMEOUT_S = 10.0
LONGEST_S = 30
MOST_VERSIONS = 2000
MOST_RUNS = 50


def later(known: Known) -> None:
    """Start what looks up anew what is too old, unless that was tried a moment ago. Windows has nothing to start it."""
    due = [(known.old_components, READ_AGAIN_S), (known.old_models, TRY_AGAIN_S)]
    claimed = [file for file, again_s in due if file and hasattr(os, "fork") and _claim(f"{file}.tried", again_s)]
    if claimed and not os.fork():
        try:
            _detach()
            _refresh(known, models=known.old_models in claimed)
        finally:
            os._exit(0)


def _claim(file: str, again_s: int) -> bool:
    """Tell whether it is this process's turn, and note that it was. Where nothing can be noted nobody's turn comes."""
    import fcntl

    os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        status = os.fstat(descriptor)
        if status.st_size and 0 <= time.time() - status.st_mtime < again_s:
            return False
        os.pwrite(descriptor, b"tried\n", 0)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _detach() -> None:
    """Become a process without a terminal and without anything that was open, which ends by itself."""
    import signal

    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.nice(10)
    signal.alarm(LONGEST_S)


def _refresh(known: Known, *, models: bool) -> None:
    from mlreg.runtime import Runtime

    runtime = Runtime(known.environ)
    runtime.choices.stack = known.given.get("--stack")
    runtime.choices.tracker = known.given.get("--tracker")
    runtime.choices.no_project = "--no-project" in known.given
    runtime.choices.timeout_s = TIMEOUT_S
    try:
        runtime.store.read()
        if models:
            _look_up(runtime, known)
    finally:
        runtime.keep_names()


def _look_up(runtime: "Runtime", known: Known) -> None:
    """Let all names of the registry pass by."""
    from itertools import islice

    from mlreg.core.references import ModelRef

    ref = ModelRef("", stack=known.other_stack)
    target = runtime.target(known.other_stack)
    if not _may_ask(runtime, target.registry) or not _may_ask(runtime, target.tracker):
        return
    registry = runtime.registry(ref)
    runs = [model.latest_run for model in registry.search_models()]
    for _ in islice(registry.search_versions(), MOST_VERSIONS):
        pass
    runtime.tracking(ref).get_runs([run for run in runs if run][:MOST_RUNS])


def _may_ask(runtime: "Runtime", tracker: "Tracker") -> bool:
    """Not a server that only a project's file names, and no keyring that may open a window to ask for a password."""
    from mlreg.core.credentials import secrets_of

    secrets = runtime.components.secrets
    backends = {secrets[wanted.secret].backend for wanted in secrets_of(tracker) if wanted.secret in secrets}
    quiet = "keyring" not in backends or runtime.keyring_name() == NEVER_ASKS
    return tracker.layer != "project" and quiet
