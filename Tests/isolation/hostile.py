"""Sends a million hostile replies, mutated from those of the fault matrix, beside a healthy receiver.

    Tests/hostile.sh [--count 1000000] [--seed 1] [--short]

One daemon with at most 64 attempts in flight and without retries. Of four blocks of artifacts three get hostile replies, and
the fourth, for comparison, gets 200 from the same receivers. Each hostile origin gets 25 artifacts. A healthy receiver gets
100 artifacts a second all the while.

Exit status 1 if the daemon ends, its memory or its descriptors grow, an outcome is missing or recorded twice, a healthy
artifact never arrived, more than 1 % of the others never arrived (hostile receivers lose some when they close connections),
or the healthy receiver's p95 in the hostile blocks exceeds 1.2 times that in the others.
"""

from __future__ import annotations

import argparse
import random
import signal
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from arrivals import Arrivals, Sink
from backlog import artifact
from endurance_report import HEAD, row
from exchange import OK
from flatness import flatness
from mutations import hostile
from receiver_process import ReceiverProcess
from relay import Relay, copy_binary
from samples import Sampler
from steady_load import Background, SteadyLoad
from stream import registration

OPTIONS = [
    "--timeout", "200ms", "--retry-max-retries", "0", "--concurrency-total", "64", "--history-max-deliveries", "1000",
    # A reply may ask for a pause of its origin, which waits no longer than this.
    "--retry-max-delay", "1s", "--log-level", "error",
]
PER_ORIGIN = 25
"""Fewer than the consecutive failures after which the relay slows down attempts to an origin."""
BLOCK = 15_000
"""Artifacts in a block."""
BATCH = 50
BODY = 200
"""Approximate bytes of a payload."""
SAMPLE_INTERVAL = 5.0
HEALTHY_PACE = 100.0
MAX_RATIO = 1.2
IDLE_CONNECTIONS = 600
"""Descriptors that may be open at the end in addition to those of the start: idle connections of all sessions."""


def is_hostile(number: int) -> bool:
    return number // BLOCK % 4 != 3


class HostileSink:
    """Answers at random; records arrivals by number."""

    def __init__(self, arrivals: Arrivals, seed: int) -> None:
        self._sink = Sink(arrivals)
        self._seed = seed << 32
        self.tally = self._sink.tally

    def take(self, head: bytes) -> bytes | None:
        self._sink.take(head)
        number = int(head[(begin := head.index(b"Artifact-Id: a") + 14):head.index(b"\r\n", begin)])
        return hostile(random.Random(self._seed + number)) if is_hostile(number) else OK


class Hostile:
    """One run."""

    def __init__(self, count: int, seed: int, pace: float, is_short: bool, directory: Path) -> None:
        self._is_short = is_short
        self._count = -(-count * 4 // 3 // (4 * BLOCK)) * 4 * BLOCK
        self._pace = pace
        self._healthy_arrivals = Arrivals(self._count)
        self._healthy = ReceiverProcess(1, Sink(self._healthy_arrivals).take)
        self._sink = HostileSink(Arrivals(self._count), seed)
        self._receivers = ReceiverProcess(1, self._sink.take, host="0.0.0.0")
        self.relay = Relay(copy_binary(directory), directory, directory / "state", *OPTIONS)
        self._blocks: list[tuple[float, bool]] = []
        """When each began, in monotonic seconds, and whether it is hostile."""

    def run(self) -> int:
        try:
            self.relay.start()
            before = self.relay.descriptor_count()
            self._sampler = Sampler(self.relay, None)
            load = SteadyLoad(
                self.relay.socket, "healthy", self._healthy.urls(), HEALTHY_PACE, iter(range(self._count)))
            with Background(load):
                self._write()
            self._wait(self._count + len(load.written))
            return self._judge(load, self.relay.descriptor_count() - before)
        except OSError:
            print(self.relay.log_path.read_text(errors="replace")[-20_000:], file=sys.stderr)
            raise
        finally:
            self.relay.kill()
            self._receivers.stop()
            self._healthy.stop()

    def _url(self, origin: int) -> str:
        return f"http://127.{64 + origin // 62_500}.{origin // 250 % 250}.{1 + origin % 250}:{self._receivers.ports[0]}/"

    def _write(self) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.relay.socket))
        due, sampled_at = time.monotonic(), 0.0
        for first in range(0, self._count, BATCH):
            if first % BLOCK == 0:
                self._blocks.append((time.monotonic(), is_hostile(first)))
            connection.sendall(b"".join(self._lines(first)))
            if due - sampled_at > SAMPLE_INTERVAL:
                sampled_at = due
                self._sampler.take()
            due += BATCH / self._pace
            time.sleep(max(due - time.monotonic(), 0))

    def _lines(self, first: int) -> list[bytes]:
        """A batch of artifacts from this number on; the first one of an origin follows its registration."""
        lines = []
        for number in range(first, first + BATCH):
            origin, place = divmod(number, PER_ORIGIN)
            if place == 0:
                lines.append(registration(f"h{origin}", self._url(origin)) + b"\n")
            lines.append(artifact(f"h{origin}", number, BODY) + b"\n")
        return lines

    def _wait(self, written: int) -> None:
        """Wait until every artifact has an outcome. Counting pending ones would miss lines that are not accepted yet."""
        deadline = time.monotonic() + 60
        while self._outcomes() < written and time.monotonic() < deadline:
            time.sleep(0.1)
        self._sampler.take()

    def _outcomes(self) -> int:
        deliveries = self.relay.status.get("/status")[1]["deliveries"]
        return deliveries["delivered"] + deliveries["failed"]

    def _latencies(self, load: SteadyLoad, of_hostile: bool) -> list[float]:
        """Milliseconds of the healthy artifacts written in blocks of this kind, without the first second of each block."""
        ends = [begun for begun, _ in self._blocks[1:]] + [float("inf")]
        spans = [(begun + 1, end) for (begun, kind), end in zip(self._blocks, ends) if kind == of_hostile]
        return [
            (self._healthy_arrivals.moments[number] - written) * 1000 for number, written in load.written.items()
            if any(begun <= written < end for begun, end in spans)
        ]

    def _judge(self, load: SteadyLoad, descriptors: int) -> int:
        """Print the result; returns the exit status."""
        status = self.relay.status.get("/status")[1]
        deliveries, written = status["deliveries"], self._count + len(load.written)
        p95 = [statistics.quantiles(self._latencies(load, kind), n=100)[94] for kind in (True, False)]
        memory = flatness("daemon", self._sampler.samples, lambda sample: sample.daemon_rss_bytes)
        samples = self._sampler.samples
        print("\n".join([HEAD, *(row(new, old) for old, new in zip(samples[::12], samples[12::12]))]))
        print(f"hostile replies {self._count * 3 // 4}, other artifacts {written - self._count * 3 // 4}; "
              f"requests to hostile receivers {self._sink.tally.requests}, distinct {self._sink.tally.distinct}")
        print(f"outcomes: {deliveries['delivered']} delivered, {deliveries['failed']} failed "
              f"{deliveries['failed_by_reason']}, {status['attempts']} attempts")
        print(f"healthy p95 {p95[0]:.2f} ms in hostile blocks, {p95[1]:.2f} ms in the others: {p95[0] / p95[1]:.2f}")
        print(memory, f"; {descriptors} descriptors more than at the start", sep="")
        problems = [
            what for what, is_so in (
                ("the daemon ended", self.relay.ended() is not None),
                ("outcomes are missing or recorded twice", not self._outcomes() == status["attempts"] == written),
                ("requests never arrived", self._sink.tally.distinct < self._count * 0.99),
                ("a healthy artifact never arrived", any(not self._healthy_arrivals.moments[n] for n in load.written)),
                ("the healthy receiver is slower", not self._is_short and p95[0] / p95[1] > MAX_RATIO),
                ("memory grows, or has too few samples", not self._is_short and (memory is None or not memory.is_flat)),
                ("descriptors leak", descriptors > IDLE_CONNECTIONS),
            ) if is_so
        ]
        for problem in problems:
            print(f"FAILED: {problem}", file=sys.stderr)
        return 1 if problems else 0


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/hostile.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000, help="minimum of hostile replies [1000000]")
    parser.add_argument("--seed", type=int, default=1, help="seed of all replies [1]")
    parser.add_argument("--pace", type=float, default=2_000, help="artifacts a second [2000]")
    parser.add_argument("--short", action="store_true", help="for a short run: check neither latency nor memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        return Hostile(options.count, options.seed, options.pace, options.short, Path(name)).run()


if __name__ == "__main__":
    sys.exit(main())
