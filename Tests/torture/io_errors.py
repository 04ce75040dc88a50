"""Checks that nothing acknowledged is lost when the disk of the state directory fails with I/O errors and recovers.

    FLOCK_RELAY=…/flock-relay python3 Tests/torture/io_errors.py [--rounds 4] [--seed 1]

The daemon runs with a preloaded library (failing_io.c, compiled here) that makes its writes fail on demand.
Exit status 1 if any documented guarantee is violated.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from failing_rounds import FailingRounds
from relay import copy_binary
from unwritable_start import unwritable_starts


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4, help="number of rounds, all kinds in turn, about 8 s each [4]")
    parser.add_argument("--seed", default="1", help="seed of everything but the timing [1]")
    parser.add_argument("--drain-seconds", type=float, default=60, help="maximum wait for the backlog [60]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        return run(options, Path(name).resolve())


def run(options: argparse.Namespace, directory: Path) -> int:
    """Check the starts, then run the rounds; returns the exit status."""
    binary = copy_binary(directory)
    violations = unwritable_starts(binary, directory)
    rounds = FailingRounds(options, binary, directory)
    figures = rounds.run()
    violations += rounds.oracle.violations
    if figures is not None:
        print(f"{figures.acknowledged} artifacts acknowledged, {figures.delivered} delivered, {figures.failed} failed, "
              f"{figures.duplicates} of {figures.posts} requests repeat an attempt")
    print("no violation" if not violations else f"{len(violations)} VIOLATIONS, seed {options.seed}")
    for violation in violations[:20]:
        print(f"- {violation}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
