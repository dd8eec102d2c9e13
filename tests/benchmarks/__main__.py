"""`python -m tests.benchmarks [--rounds N] [--only ACT]...`: real servers, real commands, a table on stdout."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.benchmarks import environments, report
from tests.benchmarks.acts import Act
from tests.benchmarks.environments import Tools
from tests.benchmarks.measuring import Measured, interpreter_imports, measure
from tests.benchmarks.rows import ACTS


def main() -> None:
    """Measure the chosen acts and print what came out."""
    options, load = parsed(), os.getloadavg()[0]
    say("environments (built on first use)")
    tools = environments.tools()
    results = list(measured(tools, [act for act in ACTS if act.name in (options.only or [act.name])], options.rounds))
    parts = [
        report.table(results),
        report.growth(results),
        report.memory_lines(results),
        report.imports_line(results, interpreter_imports(tools)),
        report.caption(tools, options.rounds, load),
    ]
    sys.stdout.write("\n\n".join(filter(None, parts)) + "\n")


def measured(tools: Tools, acts: Sequence[Act], rounds: int) -> Iterator[Measured]:
    """Yield what comes out of each act; a place is open while its acts are measured, and no other."""
    for opened, at_one_place in groupby(acts, key=lambda act: act.place):
        say("a place: store, server")
        with opened(tools) as place:
            for act in at_one_place:
                say(f"{act.name}: {rounds} rounds")
                yield measure(act, place, rounds)


def parsed() -> Namespace:
    """Return the command line's options."""
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, metavar="N", help="how often each command runs (11)")
    names = [act.name for act in ACTS]
    parser.add_argument("--only", action="append", choices=names, metavar="ACT", help=", ".join(names))
    return parser.parse_args()


def say(text: str) -> None:
    """Tell the person what is going on."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
