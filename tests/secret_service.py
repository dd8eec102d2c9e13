"""A real Secret Service on a private D-Bus: `with secret_service() as service: run(..., env=service.environment)`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.tether import tethered
from tests.waiting import until

PASSWORD: Final = "opens the test keyring"
PROGRAMS: Final = ("dbus-daemon", "gnome-keyring-daemon")
DAEMON: Final = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
SECONDS: Final = 20

# No service directories: nothing is started on demand in place of a daemon that a test has killed.
BUS_CONFIG: Final = """
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class SecretService:
    """A running Secret Service and the bus that leads to it."""

    root: Path
    bus_pid: int
    daemon_pid: int

    @property
    def address(self) -> str:
        """The address of the bus."""
        return f"unix:path={self.root}/bus"

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to find the service."""
        return {"DBUS_SESSION_BUS_ADDRESS": self.address, "XDG_RUNTIME_DIR": str(self.root)}


def missing_programs() -> list[str]:
    """Return the programs this machine lacks for a Secret Service."""
    return [name for name in PROGRAMS if not shutil.which(name)]


@contextmanager
def secret_service(*, unlocked: bool = True, given: bytes = PASSWORD.encode()) -> Iterator[SecretService]:
    """Run a Secret Service of its own, with an empty keyring; without a password `given` it makes no keyring."""
    # A socket's path is short, which pytest's directories are not.
    with TemporaryDirectory(prefix="mlreg-", ignore_cleanup_errors=True) as name, ExitStack() as daemons:
        root = Path(name)
        log = (root / "service.log").read_text
        bus = daemons.enter_context(running(root, bus_command(root)))
        until((root / "bus").exists, SECONDS, log)
        daemon = daemons.enter_context(running(root, DAEMON, given=given))
        service = SecretService(root, bus.pid, daemon.pid)
        until(lambda: owned(service), SECONDS, log)
        if not unlocked:
            lock(service)
        yield service


def stop(service: SecretService) -> None:
    """Freeze the daemon: it keeps its name on the bus and never answers."""
    os.kill(service.daemon_pid, signal.SIGSTOP)


def resume(service: SecretService) -> None:
    """Let a frozen daemon go on."""
    os.kill(service.daemon_pid, signal.SIGCONT)


def kill(service: SecretService) -> None:
    """Kill the daemon, and return when the bus has seen it go."""
    os.kill(service.daemon_pid, signal.SIGKILL)
    until(lambda: not owned(service), SECONDS, lambda: "the daemon still owns its name")


def lock(service: SecretService) -> None:
    """Lock the keyring; unlocking it would need a prompt, and nothing here can show one."""
    import secretstorage
    from jeepney.io.blocking import open_dbus_connection

    with open_dbus_connection(bus=service.address) as connection:
        secretstorage.get_default_collection(connection).lock()


@contextmanager
def mute_prompter(service: SecretService) -> Iterator[None]:
    """Own the name of the window that asks for passwords: questions arrive, and nothing answers them."""
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import open_dbus_connection

    with open_dbus_connection(bus=service.address) as connection:
        connection.send_and_get_reply(message_bus.RequestName("org.gnome.keyring.SystemPrompter"), timeout=SECONDS)
        yield


@contextmanager
def running(root: Path, command: list[str], given: bytes = b"") -> Iterator[subprocess.Popen[bytes]]:
    """Run one of the daemons, with everything it writes under root."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(root)}
    with (root / "service.log").open("ab") as log, (root / "given").open("w+b") as stdin:
        stdin.write(given)
        stdin.seek(0)
        process = subprocess.Popen(
            tethered(*command),
            env={**environment, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={root}/bus"},
            stdin=stdin,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        # A frozen process takes no other signal.
        process.kill()
        process.wait()


def bus_command(root: Path) -> list[str]:
    """Return the command line of the bus."""
    config = root / "bus.conf"
    config.write_text(BUS_CONFIG.format(socket=root / "bus").lstrip())
    return ["dbus-daemon", "--nofork", "--nopidfile", f"--config-file={config}"]


def owned(service: SecretService) -> bool:
    """Tell whether somebody on the bus is the Secret Service."""
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import open_dbus_connection

    try:
        with open_dbus_connection(bus=service.address) as connection:
            question = message_bus.NameHasOwner("org.freedesktop.secrets")
            return bool(connection.send_and_get_reply(question, timeout=SECONDS).body[0])
    except (FileNotFoundError, ConnectionRefusedError):
        return False
