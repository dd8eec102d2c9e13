"""What was measured, as Markdown: a table of times and ratios, imports, and the machine."""

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.benchmarks.environments import installed_version
from tests.benchmarks.figures import Bound, Times
from tests.benchmarks.measuring import Measured
from tests.benchmarks.places import MODELS, Place

HEAD: Final = ("act", "by", "min", "median", "max", "mlreg to it", "by minimums", "bound", "verdict")


def table(results: Sequence[Measured]) -> str:
    """Return the Markdown table: each act, mlreg's row first; times in milliseconds, ratios of medians."""
    rows = [HEAD, ("---", "---", *["---:"] * 5, "---", "---")]
    rows += [row for result in results for row in act_rows(result)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def act_rows(result: Measured) -> Iterator[tuple[str, ...]]:
    """Yield the rows of one act."""
    yield (f"`{result.act.command.removeprefix('$mlreg ')}`", "**mlreg**", *shown(result.mlreg), "", "", "", "")
    for peer, times in zip(result.act.peers, result.peers, strict=True):
        yield ("", peer.name, *shown(times), *compared(peer.bound, result.mlreg, times))


def shown(times: Times) -> tuple[str, str, str]:
    """Return minimum, median and maximum."""
    return f"{min(times):.0f}", f"{statistics.median(times):.0f}", f"{max(times):.0f}"


def compared(bound: Bound, mlreg: Times, peer: Times) -> tuple[str, str, str, str]:
    """Return the ratio of medians, that of minimums (which a busy machine disturbs less), the bound and the verdict."""
    ratio = bound.ratio(mlreg, peer)
    return bound.worded(ratio), bound.worded(bound.ratio(mlreg, peer, min)), str(bound), bound.verdict(ratio)


def imports_line(counts: dict[str, int], interpreter: int) -> str:
    """Return the sentence about imports."""
    listed = ", ".join(f"`{command}` {count}" for command, count in counts.items())
    return f"Modules loaded: {listed}; `python -c pass` {interpreter}."


def caption(place: Place, rounds: int, load: float) -> str:
    """Return when, where and with what the table was made; the load is that of the machine before."""
    cores = f"{os.cpu_count()} cores of {processor()}, {platform.system()}, load {load:.1f} before"
    versions = (
        f"mlreg {installed_version(place.mlreg, 'mlreg')}, Python {platform.python_version()}, "
        f"server MLflow {version('mlflow')}, clients mlflow {installed_version(place.full, 'mlflow')} "
        f"and mlflow-skinny {installed_version(place.mlreg, 'mlflow-skinny')}"
    )
    method = f"{len(MODELS)} models; milliseconds, {rounds} rounds side by side, MlflowClient in every second one"
    return f"{datetime.now(timezone.utc).date()}, {cores}. {versions}. {method}; ratios of medians."


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
