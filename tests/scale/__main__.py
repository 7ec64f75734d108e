"""Measure the speed budgets and print them beside what was measured."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scale import imports, legislating, organizing, pages
from tests.scale.coalition import settle
from tests.scale.machine import Databases
from tests.scale.report import BAD, Result, heading, line

PARTS = ("pages", "organizing", "legislating", "imports")


def main() -> int:
    """Exit code 0 when every budget is kept, 1 when one is not."""
    wanted = _arguments()
    broken = False
    for system in wanted.database:
        with _databases(system) as (databases, folder):
            _say(heading(f"{databases.system}, {wanted.people:,} people"))
            for result in _measure(databases, folder, wanted):
                _say(line(result))
                broken |= result.mark == BAD
    return int(broken)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="10,000 people and fewer rounds")
    parser.add_argument("--database", action="append", choices=("sqlite", "postgresql"), help="default: both")
    parser.add_argument("--only", action="append", choices=PARTS, help="default: all parts")
    parser.add_argument("--rounds", type=int, default=300, help="how often each page is asked for")
    parser.add_argument("--cpu", action="store_true", help="processor time of pages, where others work too")
    wanted = parser.parse_args()
    wanted.database = wanted.database or ["sqlite", "postgresql"]
    wanted.only = wanted.only or list(PARTS)
    if wanted.quick:
        wanted.people, wanted.rounds = 10_000, min(wanted.rounds, 120)
    return wanted


@contextmanager
def _databases(system: str) -> Iterator[tuple[Databases, Path]]:
    with tempfile.TemporaryDirectory(prefix="rollcall-scale-") as name:
        databases = Databases(system, Path(name))
        try:
            yield databases, Path(name)
        finally:
            databases.close()


def _measure(databases: Databases, folder: Path, wanted: argparse.Namespace) -> Iterator[Result]:
    if "pages" in wanted.only:
        yield from pages.measure(settle(databases.new("pages"), wanted.people), wanted.rounds, cpu=wanted.cpu)
    if "organizing" in wanted.only:
        yield from organizing.measure(settle(databases.new("organizing"), wanted.people), wanted.rounds)
    if "legislating" in wanted.only:
        yield from legislating.measure(settle(databases.new("legislating"), wanted.people), wanted.rounds)
    if "imports" in wanted.only:
        yield from imports.measure(databases, folder, wanted.people)


if __name__ == "__main__":
    sys.exit(main())
