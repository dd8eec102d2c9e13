"""Processes are known by number and beginning: whatever has the number later is left alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlreg.adapters import processes
from mlreg.adapters.processes import Process, alive, end, family, look
from tests.needs import need
from tests.waiting import until

# A leader with one child, both of which take SIGTERM for nothing; it prints the child's number.
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); child = os.fork(); "
    "print(child, flush=True) if child else None; time.sleep(60)"
)
SLEEPING = "import os, time; child = os.fork(); print(child, flush=True) if child else None; time.sleep(60)"


def found(pid: int) -> Process:
    """The process that has this number."""
    process = look(pid)
    assert process
    return process


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


@pytest.fixture
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[bytes], Process]]:
    """The leader of a group, and its child."""
    command = [sys.executable, "-c", request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as leader:
        assert leader.stdout
        child = found(int(leader.stdout.readline()))
        yield leader, child
        leader.kill()
        if alive(child):
            os.kill(child.pid, signal.SIGKILL)


def test_a_process_is_alive_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    """Also while nobody has asked how it ended: a zombie keeps its number, and does nothing."""
    process = found(sleeper.pid)
    assert alive(process)
    sleeper.kill()
    until(lambda: not alive(process), 5, lambda: "it lives on")
    assert sleeper.returncode is None
    assert look(sleeper.pid) is None


def test_another_process_of_that_number_is_a_stranger(sleeper: subprocess.Popen[bytes]) -> None:
    """It is not taken for the one that had the number before, and gets no signal."""
    before = replace(found(sleeper.pid), began="an hour ago")
    assert not alive(before)
    assert family([before]) == []
    end([before], 0)
    assert sleeper.poll() is None


@pytest.mark.parametrize("pair", [STUBBORN], indirect=True)
def test_a_group_that_does_not_end_is_killed(pair: tuple[subprocess.Popen[bytes], Process]) -> None:
    """Its members go with it, though only the leader was known."""
    leader, child = pair
    end([found(leader.pid)], 0.2)
    assert leader.wait(5) == -signal.SIGKILL
    assert not alive(child)


@pytest.mark.parametrize("pair", [SLEEPING], indirect=True)
def test_what_has_lost_its_leader_is_ended_too(pair: tuple[subprocess.Popen[bytes], Process]) -> None:
    """As far as it was known; other members of such a group could be anybody's."""
    leader, child = pair
    known = [found(leader.pid), child]
    leader.kill()
    until(lambda: not alive(known[0]), 5, lambda: "it lives on")
    assert family(known) == [child]
    assert family(known[:1]) == []
    end(known, 5)
    assert not alive(child)


def test_ps_tells_the_same_as_proc(sleeper: subprocess.Popen[bytes]) -> None:
    """Where there is no /proc, ps knows number, group and beginning."""
    need(sys.platform == "linux" and Path("/bin/ps").exists(), "no /bin/ps")
    (by_ps,), (by_proc,) = processes.from_ps(sleeper.pid), processes.from_proc(sleeper.pid)
    assert (by_ps.process.pid, by_ps.group) == (by_proc.process.pid, by_proc.group)
    assert by_ps.process.began
    assert sleeper.pid in [row.process.pid for row in processes.from_ps(None)]
    sleeper.kill()
    until(lambda: not list(processes.from_ps(sleeper.pid)), 5, lambda: "ps shows a zombie")
