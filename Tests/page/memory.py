"""Measures what the page costs the browser over minutes, with its stream open, during a load run.

    .venv/bin/python Tests/page/memory.py [--minutes 10] [--pace 500]

Prints JavaScript objects, DOM nodes and processor time for each half minute. Exit status 1 if the memory of the last third
exceeds that of the second by more than a tenth and 1 MB. Needs the packages of Tests/flock/requirements.txt.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "torture"))

from browser import chromium
from scene import registration, scene

STEP = 30
"""Seconds between measurements."""
TOLERANCE = 1e6
"""Bytes."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--pace", type=float, default=500, help="deliveries a second")
    options = parser.parse_args()
    heaps: list[float] = []
    with scene() as made, chromium() as tab:
        workflows = [f"w-{number}" for number in range(20)]
        urls = [made.receiver() for _ in range(4)] + [made.receiver("--fail", "30%")]
        made.write([registration(name, urls[number % len(urls)]) for number, name in enumerate(workflows)])
        with made.load(workflows, options.pace):
            tab.open(made.address)
            tab.wait("document.querySelectorAll('#workflows tbody tr').length > 0")
            tab.evaluate("document.getElementById('stream-toggle').click()")
            before = tab.metrics()["TaskDuration"]
            for number in range(1, int(options.minutes * 60 / STEP) + 1):
                time.sleep(STEP)
                figures = tab.metrics()
                heaps.append(tab.heap_bytes())
                share = (figures["TaskDuration"] - before) / STEP
                before = tab.metrics()["TaskDuration"]
                print(f"{number * STEP:5} s: {heaps[-1] / 1e6:6.2f} MB of objects, {figures['Nodes']:6.0f} nodes, "
                      f"{share:6.1%} of a core", flush=True)
    third = len(heaps) // 3
    earlier, later = statistics.mean(heaps[third:2 * third]), statistics.mean(heaps[2 * third:])
    print(f"second third {earlier / 1e6:.2f} MB, last third {later / 1e6:.2f} MB")
    return int(later > earlier * 1.1 + TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
