"""What was measured, as Markdown: a table of times and ratios, how they grow, memory, imports, and the machine."""

import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.benchmarks.environments import Tools, installed_version
from tests.benchmarks.figures import Bound, Times, at_most
from tests.benchmarks.measuring import Measured
from tests.benchmarks.places import MODELS

HEAD: Final = ("act", "by", "min", "median", "max", "mlreg to it", "by minimums", "bound", "verdict")


def table(results: Sequence[Measured]) -> str:
    """Return the Markdown table: each act, mlreg's row first; times in milliseconds, ratios of medians."""
    rows = [HEAD, ("---", "---", *["---:"] * 5, "---", "---")]
    return markdown([*rows, *(row for result in results for row in act_rows(result))])


def markdown(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as Markdown has them."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def act_rows(result: Measured) -> Iterator[tuple[str, ...]]:
    """Yield the rows of one act."""
    yield (result.act.title, "**mlreg**", *shown(result.mlreg), "", "", "", "")
    for peer, times in zip(result.act.peers, result.peers, strict=True):
        yield ("", peer.name, *shown(times), *compared(peer.bound, result.mlreg, times))


def shown(times: Times) -> tuple[str, str, str]:
    """Return minimum, median and maximum."""
    return f"{min(times):.0f}", f"{statistics.median(times):.0f}", f"{max(times):.0f}"


def compared(bound: Bound, mlreg: Times, peer: Times) -> tuple[str, str, str, str]:
    """Return the ratio of medians, that of minimums (which a busy machine disturbs less), the bound and the verdict."""
    ratio = bound.ratio(mlreg, peer)
    return bound.worded(ratio), bound.worded(bound.ratio(mlreg, peer, min)), str(bound), bound.verdict(ratio)


def growth(results: Sequence[Measured]) -> str:
    """Return the Markdown table of what an act costs by how much there is, in milliseconds; empty without any."""
    sized = [result for result in results if result.act.size is not None]
    sizes = sorted({result.act.size or 0 for result in sized})
    medians: dict[str, dict[int, str]] = {}
    for result in sized:
        act = result.act
        medians.setdefault(act.command_shown, {})[act.size or 0] = f"{statistics.median(result.mlreg):.0f}"
    rows = [(command, *(of.get(size, "") for size in sizes)) for command, of in medians.items() if len(of) > 1]
    head = ("mlreg, median", *(f"{size:,}" for size in sizes))
    return markdown([head, ("---", *["---:"] * len(sizes)), *rows]) if rows else ""


def memory_lines(results: Sequence[Measured]) -> str:
    """Return what mlreg had in memory at most, and whether it was to have so much."""
    return "\n".join(
        f"Memory of {result.act.title}: {result.peak:.0f} MB at most, bound {result.act.memory:g} MB: "
        f"{at_most(result.act.memory).verdict(result.peak)}."
        for result in results
        if result.peak is not None
    )


def imports_line(results: Sequence[Measured], interpreter: int) -> str:
    """Return the sentence about imports; empty where none were counted."""
    counted = [result for result in results if result.imports is not None]
    listed = ", ".join(f"{result.act.command_shown} {result.imports}" for result in counted)
    return f"Modules loaded: {listed}; `python -c pass` {interpreter}." if counted else ""


def caption(tools: Tools, rounds: int, load: float) -> str:
    """Return when, where and with what the table was made; the load is that of the machine before."""
    cores = f"{os.cpu_count()} cores of {processor()}, {platform.system()}, load {load:.1f} before"
    versions = (
        f"mlreg {installed_version(tools.mlreg, 'mlreg')}, Python {platform.python_version()}, "
        f"server MLflow {version('mlflow')}, clients mlflow {installed_version(tools.full, 'mlflow')} "
        f"and mlflow-skinny {installed_version(tools.mlreg, 'mlflow-skinny')}"
    )
    method = f"{MODELS} models if not said otherwise; milliseconds, {rounds} rounds side by side, MlflowClient in some"
    return f"{datetime.now(timezone.utc).date()}, {cores}. {versions}. {method}; ratios of medians."


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
