"""Measures what a large backlog for a dead receiver costs: memory, start, and latency of healthy receivers.

    FLOCK_RELAY=…/flock-relay python3 Tests/torture/backlog.py [--pending 1000000] [--seconds 60]

Two daemons run side by side: one with the backlog, one with an empty outbox. Latency is measured on both in turn,
a few seconds each, at the same rate. Needs about 2 KB of disk for each pending delivery. A benchmark without pass or fail.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from receipts import Receipts
from relay import Relay, copy_binary

BODY = 1_000
"""Approximate bytes of a payload."""
RELAY_OPTIONS = [
    "--outbox-max", "64GiB", "--retry-max-retries", "100", "--retry-base-delay", "60s", "--log-level", "error"]
BLOCK = 5.0
"""Seconds of load on one daemon before the load moves to the other."""


class Load:
    """A connection with acknowledgements."""

    def __init__(self, relay: Relay) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(relay.socket))
        self._replies = self._connection.makefile("rb")
        self._written = 0
        self._acknowledged = 0
        self.write([b'{"type":"hello","acks":true,"grace":false}'])

    def write(self, lines: list[bytes]) -> None:
        self._connection.sendall(b"".join(line + b"\n" for line in lines))
        self._written += len(lines)

    def wait(self, limit: int = 0) -> None:
        """Wait until at most ``limit`` lines are without acknowledgement."""
        while self._written - self._acknowledged > limit:
            self._acknowledged = json.loads(self._replies.readline()).get("ack", self._acknowledged)


def registration(workflow: str, url: str) -> bytes:
    return json.dumps({"type": "webhook_registered", "correlation_id": workflow, "webhook_url": url}).encode()


def artifact(workflow: str, number: int, size: int = BODY, created_at: str = "2026-01-15T09:30:00Z") -> bytes:
    return (
        b'{"correlation_id":"%s","artifact_id":"a%d","artifact_type":"T","produced_by":"p",'
        b'"timestamp":"%s","payload":{"f":"%s"}}' % (workflow.encode(), number, created_at.encode(), b"x" * size))


def fill(relay: Relay, url: str, count: int) -> tuple[float, int]:
    """Write ``count`` artifacts for a dead receiver. Returns seconds and the daemon's peak resident memory in bytes."""
    load, begun, highest = Load(relay), time.monotonic(), 0
    for first in range(0, count, 1_000):
        workflow = f"dead-{first // 10_000}"
        lines = [registration(workflow, url)] if first % 10_000 == 0 else []
        load.write(lines + [artifact(workflow, number) for number in range(first, min(first + 1_000, count))])
        load.wait(5_000)
        highest = max(highest, relay.resident_bytes())
    load.wait()
    return time.monotonic() - begun, highest


def first_delivery(relay: Relay, receipts: Receipts) -> tuple[float, float]:
    """Start the daemon. Returns seconds from process start to readiness, and to the first new delivery."""
    begun = time.time()
    relay.launch()
    ready = threading.Thread(target=relay.wait_until_ready)
    ready.start()
    while True:
        try:
            load = Load(relay)
            break
        except OSError:
            time.sleep(0.002)
    workflow = f"after-{begun}"
    load.write([registration(workflow, receipts.url), artifact(workflow, 1)])
    arrived = receipts.wait_for(workflow, 1, 60)
    ready.join()
    return relay.slowest_start, arrived - begun


def paced(relay: Relay, receipts: Receipts, workflow: str, first: int, seconds: float, pace: float) -> list[float]:
    """Write ``pace`` artifacts a second. Returns milliseconds from writing to receipt of each."""
    load = Load(relay)
    load.write([registration(workflow, receipts.url)])
    load.wait()
    written: dict[int, float] = {}
    begun = time.monotonic()
    for number in range(first, first + int(seconds * pace)):
        time.sleep(max(begun + (number - first) / pace - time.monotonic(), 0))
        written[number] = time.time()
        load.write([artifact(workflow, number)])
    load.wait()
    return [(receipts.wait_for(workflow, number, 60) - at) * 1000 for number, at in written.items()]


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[94]


def measure(directory: Path, pending: int, seconds: float, pace: float) -> None:
    binary = copy_binary(directory)
    (directory / "empty").mkdir()
    (directory / "full").mkdir()
    empty = Relay(binary, directory / "empty", directory / "empty" / "state", *RELAY_OPTIONS)
    full = Relay(binary, directory / "full", directory / "full" / "state", *RELAY_OPTIONS)
    receipts = Receipts()
    with socket.socket() as dead_socket:
        dead_socket.bind(("127.0.0.1", 0))  # Bound without listening, so that connections are refused.
        dead = f"http://127.0.0.1:{dead_socket.getsockname()[1]}/"
        try:
            empty.start()
            full.start()
            print(f"resident memory, empty          {megabytes(full.resident_bytes())}")
            taken, highest = fill(full, dead, pending)
            print(f"accepted {full.status.pending()} pending     {taken:.1f} s, {pending / taken:.0f} a second")
            print(f"resident memory while accepting {megabytes(highest)}")
            time.sleep(5)
            print(f"resident memory afterwards      {megabytes(full.resident_bytes())}", flush=True)
            files = sum(file.stat().st_size for file in full.state.iterdir())
            print(f"files                           {megabytes(files)}")
            for way in ("SIGKILL", "SIGTERM"):
                restart(full, receipts, way)
            latency(empty, full, receipts, seconds, pace)
            print(f"resident memory at the end      {megabytes(full.resident_bytes())}, "
                  f"highest {megabytes(full.resident_bytes('VmHWM'))}, {full.status.pending()} pending")
        finally:
            empty.kill()
            full.kill()


def restart(full: Relay, receipts: Receipts, way: str) -> None:
    """Stop the daemon, start it, and print the times."""
    begun = time.monotonic()
    if way == "SIGKILL":
        full.kill()
    else:
        full.terminate(60)
    stopped = time.monotonic() - begun
    full.slowest_start = 0
    ready, delivered = first_delivery(full, receipts)
    print(f"restart after {way}           stopped in {stopped:.2f} s, ready after {ready:.2f} s, first delivery "
          f"{delivered:.2f} s after process start")
    time.sleep(10)
    print(f"resident memory after the start {megabytes(full.resident_bytes())}, "
          f"highest {megabytes(full.resident_bytes('VmHWM'))}", flush=True)


def latency(empty: Relay, full: Relay, receipts: Receipts, seconds: float, pace: float) -> None:
    """Measure both daemons in turn, with the same load."""
    found: dict[str, list[float]] = {"empty": [], "full": []}
    for turn in range(max(int(seconds / BLOCK / 2), 1)):
        for name, relay in (("empty", empty), ("full", full)):
            count = int(BLOCK * pace)
            found[name] += paced(relay, receipts, f"{name}-paced", turn * count, BLOCK, pace)
    for name, values in found.items():
        print(f"latency, outbox {name:5}           p50 {statistics.median(values):.2f} ms, p95 {p95(values):.2f} ms, "
              f"{len(values)} artifacts at {pace:.0f} a second")
    print(f"ratio of p95                    {p95(found['full']) / p95(found['empty']):.2f}")


def megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pending", type=int, default=1_000_000, help="deliveries to the dead receiver")
    parser.add_argument("--seconds", type=float, default=60, help="of latency measurement, both daemons together")
    parser.add_argument("--pace", type=float, default=100, help="artifacts a second while latency is measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        measure(Path(name), options.pending, options.seconds, options.pace)


if __name__ == "__main__":
    main()
