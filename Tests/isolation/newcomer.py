"""Measures how long a new healthy receiver waits beside many that hang. A benchmark without pass or fail.

    FLOCK_RELAY=…/flock-relay PYTHONPATH=Tests/torture python3 Tests/isolation/newcomer.py [--hanging 600 2000 20000]

For each number: that many origins accept connections and never answer. Each gets one artifact. Half a second later ten new
healthy origins get one artifact each, one after the other. Default settings of the relay. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

from arrivals import Arrivals, Sink
from backlog import Load, artifact
from receiver_process import ReceiverProcess
from relay import Relay, copy_binary
from stream import registration

NEWCOMERS = 10
MAX_WAIT = 60.0
"""Seconds."""
BODY = 200


def silent(listener: socket.socket, number: int) -> str:
    """A distinct origin at a listener: the kernel completes the connection, and no program answers it."""
    port = listener.getsockname()[1]
    return f"http://127.{64 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}:{port}/"


def measure(binary: Path, directory: Path, hanging: int) -> list[float]:
    """Seconds from writing each newcomer's line to the arrival of its request; the maximum wait if none arrived."""
    arrivals = Arrivals(NEWCOMERS)
    healthy = ReceiverProcess(NEWCOMERS, Sink(arrivals).take)
    directory.mkdir()
    relay = Relay(binary, directory, directory / "state", "--log-level", "error")
    with socket.create_server(("0.0.0.0", 0), backlog=65_535) as listener:
        try:
            relay.start()
            load = Load(relay)
            for first in range(0, hanging, 100):
                numbers = range(first, min(first + 100, hanging))
                load.write([registration(f"h{number}", silent(listener, number)) for number in numbers])
                load.write([artifact(f"h{number}", NEWCOMERS + number, BODY) for number in numbers])
                load.wait(1_000)
            load.wait()
            time.sleep(0.5)
            found = []
            for number, url in enumerate(healthy.urls()):
                written = time.monotonic()
                load.write([registration(f"n{number}", url), artifact(f"n{number}", number, BODY)])
                while arrivals.moments[number] == 0 and time.monotonic() - written < MAX_WAIT:
                    time.sleep(0.001)
                found.append((arrivals.moments[number] or written + MAX_WAIT) - written)
            return found
        finally:
            relay.kill()
            healthy.stop()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hanging", type=int, nargs="+", default=[0, 600, 2_000, 20_000], help="origins that hang")
    options = parser.parse_args()
    print("| origins that hang | first of ten newcomers, s | median, s | slowest, s |\n|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="newcomer-") as name:
        binary = copy_binary(Path(name))
        for hanging in options.hanging:
            found = measure(binary, Path(name) / str(hanging), hanging)
            ranked = sorted(found)
            print(f"| {hanging} | {found[0]:.2f} | {ranked[len(ranked) // 2]:.2f} | {ranked[-1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
