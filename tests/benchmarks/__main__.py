"""`python -m tests.benchmarks [--rounds N] [--only ACT]...`: real servers, real commands, a table on stdout."""

import os
import sys
from argparse import ArgumentParser, Namespace

from tests.benchmarks import report
from tests.benchmarks.acts import ACTS, IMPORTING
from tests.benchmarks.measuring import imports, interpreter_imports, measure
from tests.benchmarks.places import opened


def main() -> None:
    """Measure the chosen acts and print what came out."""
    options, load = parsed(), os.getloadavg()[0]
    say("environments (built on first use), server, models")
    with opened() as place:
        results = []
        for act in ACTS:
            if act.name in (options.only or [act.name]):
                say(f"{act.name}: {options.rounds} rounds")
                results.append(measure(act, place, options.rounds))
        counts = {command: imports(place, command) for command in IMPORTING}
        parts = [report.table(results), report.imports_line(counts, interpreter_imports(place))]
        sys.stdout.write("\n\n".join([*parts, report.caption(place, options.rounds, load)]) + "\n")


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
