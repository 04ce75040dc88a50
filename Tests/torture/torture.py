"""The entry of Tests/torture.sh: runs, prints the figures, and exits 1 with the violations if there are any."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from pathlib import Path

from checks import Figures
from options import parse
from oracle import Oracle
from private_mounts import enter_private_mounts
from relay import copy_binary
from rounds import Torture
from small_disk import SmallDisk

MOST_PRINTED = 20
"""Maximum of violations that are printed in full."""


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = parse()
    if options.small_disk:
        enter_private_mounts()
    directory = Path(tempfile.mkdtemp(prefix="torture-"))
    begun = time.monotonic()
    try:
        run = (SmallDisk if options.small_disk else Torture)(options, copy_binary(directory), directory)
        figures = run.run()
    finally:
        if options.keep:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    report(run.oracle, figures, run.rounds, run.relay.slowest_start, time.monotonic() - begun)
    return verdict(run.oracle, figures, options)


def report(oracle: Oracle, figures: Figures | None, rounds: int, slowest_start: float, seconds: float) -> None:
    """Print the summary."""
    kills = Counter(kill.kind for kill in oracle.kills)
    print(f"rounds               {rounds}")
    print(f"daemons killed       {kills['daemon']}")
    print(f"in-place upgrades    {kills['term']}")
    print(f"slowest start        {slowest_start:.2f} s")
    print(f"lines acknowledged   {oracle.lines}")
    if figures is not None:
        print(f"artifacts            {figures.acknowledged} acknowledged, {figures.unacknowledged} accepted without")
        print(f"delivered            {figures.delivered}")
        print(f"failed               {figures.failed} {dict(figures.reasons)}")
        print(f"requests             {figures.posts}, of them {figures.duplicates} repeat an attempt")
    print(f"seconds              {seconds:.0f}")


def verdict(oracle: Oracle, figures: Figures | None, options: Namespace) -> int:
    """Print the violations; returns the exit status."""
    if figures is not None and not oracle.violations:
        print("no violations")
        return 0
    print(f"{len(oracle.violations)} VIOLATIONS, seed {options.seed}", file=sys.stderr)
    kinds = Counter(violation.split(":")[0] for violation in oracle.violations if violation.split(":")[0].isupper())
    print(f"of them by kind: {dict(kinds)}", file=sys.stderr)
    for violation in sorted(oracle.violations, key=lambda each: each.startswith("ORDER"))[:MOST_PRINTED]:
        print(f"- {violation}", file=sys.stderr)
    return 1


sys.exit(main())
