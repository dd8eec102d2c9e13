"""A listing of very many models: its first rows come before its last page, and memory does not grow with it."""

import os
import pty
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, urlsplit

import pytest

from mlreg.cli.main import run
from mlreg.core import noted
from tests.cli.conftest import Cli
from tests.cli_runner import MLREG, Mlreg
from tests.scripted import Asked, Reply, scripted

PAGE = 200
FILTERED = ("--alias", "champion", "--since", "2000-01-01")


def model(number: int) -> dict[str, object]:
    """A model as MLflow's search shows it."""
    version = {"version": "7", "current_stage": "Production", "run_id": f"{number:032x}"}
    return {
        "name": f"model-{number:05}",
        "creation_timestamp": 1_700_000_000_000,
        "last_updated_timestamp": 1_700_000_000_000 + number,
        "latest_versions": [version],
        "aliases": [{"alias": "champion", "version": "7"}],
        "tags": [{"key": "team", "value": "risk"}],
    }


def registry_of(count: int, *, before_last: Callable[[], object] = lambda: None) -> Callable[[Asked], Reply]:
    """A server with so many models, which it shows page by page."""

    def answer(asked: Asked) -> Reply:
        query = {key: values[0] for key, values in parse_qs(urlsplit(asked.path).query).items()}
        start = int(query.get("page_token", "0"))
        end = min(start + int(query["max_results"]), count)
        if end == count:
            before_last()
        page = {"registered_models": [model(number) for number in range(start, end)]}
        return Reply(200, page | ({"next_page_token": str(end)} if end < count else {}))

    return answer


@pytest.mark.parametrize(
    ("count", "output", "more"),
    [
        (10_000, "table", ()),
        (10_000, "json", FILTERED),
        (1_000, "table", FILTERED),
        (1_000, "yaml", ()),
        (1_000, "csv", ()),
        (1_000, "name", ()),
    ],
)
def test_the_first_rows_come_before_the_last_page(mlreg: Mlreg, count: int, output: str, more: tuple[str, ...]) -> None:
    """A reader of the pipe has the first model while the server has not answered for the last ones."""
    seen = threading.Event()
    with scripted(registry_of(count, before_last=lambda: seen.wait(60))) as server:
        assert mlreg("tracker", "register", "lab", server.uri, "--no-auth").code == 0
        command = [*MLREG, "model", "list", "-o", output, *more]
        with subprocess.Popen(command, env=mlreg.env, stdout=subprocess.PIPE, text=True) as listing:
            assert listing.stdout is not None
            until_the_first(listing.stdout, seen)
            rest = listing.stdout.read()
    assert (listing.returncode, rest.count("model-"), len(server.asked)) == (0, count - 1, count / PAGE)


@pytest.mark.parametrize(("limit", "pages"), [(1, 1), (PAGE, 1), (PAGE + 1, 2), (1_000, 5), (5_000, 5)])
@pytest.mark.parametrize("output", ["table", "json"])
def test_a_limit_asks_for_no_page_too_many(cli: Cli, limit: int, pages: int, output: str) -> None:
    """The rows that are wanted end with the page that has the last of them."""
    with scripted(registry_of(1_000)) as server:
        assert cli("tracker", "register", "lab", server.uri, "--no-auth").code == 0
        shown = cli("model", "list", "--limit", str(limit), "-o", output).stdout
    assert (shown.count("model-"), len(server.asked)) == (min(limit, 1_000), pages)


def test_a_table_on_a_terminal_streams_too(mlreg: Mlreg) -> None:
    """Its columns are as wide as its first rows need."""
    seen = threading.Event()
    with scripted(registry_of(1_000, before_last=lambda: seen.wait(60))) as server:
        assert mlreg("tracker", "register", "lab", server.uri, "--no-auth").code == 0
        keyboard, terminal = pty.openpty()
        with (
            os.fdopen(keyboard) as screen,
            subprocess.Popen([*MLREG, "model", "list"], env=mlreg.env, stdout=terminal, stdin=terminal) as listing,
        ):
            os.close(terminal)
            until_the_first(screen, seen)
            assert "model-00999" in "".join(lines(screen))
    assert listing.returncode == 0


def until_the_first(shown: IO[str], seen: threading.Event) -> None:
    """Read as far as the first model, and let the server give its last page only then."""
    assert next(line for line in shown if "model-" in line).count("model-00000") == 1
    assert not seen.is_set()
    seen.set()


def lines(screen: IO[str]) -> Iterator[str]:
    """What a terminal still shows; its end is an error on Linux."""
    try:
        yield from screen
    except OSError:
        return


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Send stdout nowhere, as if it were a pipe or a terminal: what has been shown is no memory of mlreg's."""
    with Path(os.devnull).open("w") as nowhere:

        def to(terminal: bool) -> None:
            monkeypatch.setattr(nowhere, "isatty", lambda: terminal)
            monkeypatch.setattr(sys, "stdout", nowhere)

        yield to


@pytest.mark.parametrize(("output", "terminal"), [("table", True), ("table", False), ("json", False)])
def test_memory_does_not_grow(
    cli: Cli, show: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch, output: str, terminal: bool
) -> None:
    """Five times as many models take no more of it. (What is noted for TAB has a bound of its own.)"""
    monkeypatch.setattr(noted, "MOST_MODELS", PAGE)
    peaks = []
    for count in 1_000, 5_000:
        with scripted(registry_of(count)) as server:
            assert cli("tracker", "register", f"lab{count}", server.uri, "--no-auth").code == 0
            show(terminal)
            tracemalloc.start()
            assert run(["model", "list", "--tracker", f"lab{count}", "-o", output]) == 0
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0], peaks
