"""Measures latency while the daemon's log is not read, against the same while it is read.

    Tests/blocked-log.sh [--seconds 60] [--rate 500] [--rounds 6]

Two daemons, one receiver; the load goes to one daemon and to the other in turn. Each delivery is one log record. Prints the p95
latency of both and their ratio, and checks that the records that arrived and those counted as dropped are all that were logged.
Exit status 1 if the ratio exceeds 1.2 or a record is missing.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from arrivals import Arrivals, Sink
from backlog import p95
from metrics import by_label
from receiver_process import ReceiverProcess
from relay import Relay, copy_binary
from steady_load import SteadyLoad

MAX_RATIO = 1.2
MAX_WAIT = 30.0
"""Seconds after which an artifact counts as lost."""


class PipedRelay(Relay):
    """A daemon that logs each delivery into a pipe, which is read on demand."""

    def __init__(self, binary: Path, directory: Path) -> None:
        directory.mkdir()
        super().__init__(binary, directory, directory / "state", "--log-level", "info")
        os.mkfifo(self.log_path)
        self.reading = os.open(self.log_path, os.O_RDONLY | os.O_NONBLOCK)
        self.records = 0
        """Records of deliveries that were read."""
        self._rest = b""

    def read(self) -> int:
        """Read what the pipe holds; returns the number of bytes."""
        total = 0
        while True:
            try:
                part = os.read(self.reading, 1 << 16)
            except BlockingIOError:
                return total
            *whole, self._rest = (self._rest + part).split(b"\n")
            self.records += sum(b'"delivery.attempted"' in line for line in whole)
            total += len(part)


class Reader(threading.Thread):
    """Reads a daemon's log all the time."""

    def __init__(self, relay: PipedRelay) -> None:
        super().__init__(daemon=True)
        self._relay = relay

    def run(self) -> None:
        while True:
            self._relay.read()
            time.sleep(0.01)


def latencies(load: SteadyLoad, arrivals: Arrivals, seconds: float) -> list[float]:
    """Milliseconds from writing each artifact to its arrival; infinite if it is lost."""
    load.written.clear()
    load.run(seconds)
    deadline, found = time.monotonic() + MAX_WAIT, []
    for number, written in load.written.items():
        while arrivals.moments[number] == 0 and time.monotonic() < deadline:
            time.sleep(0.001)
        found.append((arrivals.moments[number] - written) * 1000 if arrivals.moments[number] else math.inf)
    return found


def missing_records(relay: PipedRelay, deliveries: int) -> int:
    """Records that neither arrived nor were counted as dropped."""
    dropped = int(by_label(relay.directory / "status.sock", "flock_relay_log_records_dropped_total").get("", 0))
    deadline = time.monotonic() + MAX_WAIT
    while relay.records + dropped < deliveries and time.monotonic() < deadline:
        relay.read()
        time.sleep(0.01)
    print(f"unread log: {deliveries} records, {relay.records} arrived after the measurement, {dropped} were dropped")
    return deliveries - relay.records - dropped if dropped > 0 else deliveries


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="load for each daemon, in all [60]")
    parser.add_argument("--rate", type=float, default=500, help="artifacts a second [500]")
    parser.add_argument("--rounds", type=int, default=6, help="turns of each daemon [6]")
    options = parser.parse_args()
    count = int(options.rate * options.seconds * 3) + 1_000
    with tempfile.TemporaryDirectory(prefix="fr-") as name:
        directory = Path(name).resolve()
        arrivals = Arrivals(count)
        receiver = ReceiverProcess(1, Sink(arrivals).take)
        binary, numbers = copy_binary(directory), itertools.count()
        relays = {kind: PipedRelay(binary, directory / kind) for kind in ("read", "unread")}
        Reader(relays["read"]).start()
        try:
            loads, found, written = {}, {kind: list[float]() for kind in relays}, 0
            for kind, relay in relays.items():
                relay.start()
                loads[kind] = SteadyLoad(relay.socket, kind, receiver.urls(), options.rate, numbers)
                latencies(loads[kind], arrivals, 2)
            written += len(loads["unread"].written)
            for _ in range(options.rounds):
                for kind in relays:
                    found[kind] += latencies(loads[kind], arrivals, options.seconds / options.rounds)
                written += len(loads["unread"].written)
            missing = missing_records(relays["unread"], written)
        finally:
            for relay in relays.values():
                relay.kill()
            receiver.stop()
    ratio = p95(found["unread"]) / p95(found["read"])
    print(f"p95 with the log read {p95(found['read']):.2f} ms, unread {p95(found['unread']):.2f} ms, ratio {ratio:.2f}, "
          f"{len(found['unread'])} artifacts each")
    print(f"{missing} records are missing")
    return 1 if ratio > MAX_RATIO or missing else 0


if __name__ == "__main__":
    sys.exit(main())
