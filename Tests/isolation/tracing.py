"""The cost of exporting spans, and the effect of an OTLP endpoint that fails.

    Tests/tracing.sh [--rounds 3] [--seconds 10] [--count 20000]

Each round runs the relay once for each endpoint, in a different order. Prints Markdown tables of medians, and of the median of the rounds'
ratios to the run without export. A benchmark without pass or fail.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nginx_receiver import NginxReceiver
from steady_load import SteadyLoad
from versions import Figures, Measurement

PORT = 18_081
REFUSED = "http://127.0.0.1:9"
PACE = 200.0
"""Artifacts a second."""


@contextmanager
def endpoint(answer: bytes | None) -> Iterator[str]:
    """An OTLP endpoint that gives this answer to each request, or none."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def serve(listener: socket.socket, answer: bytes | None) -> None:
    """Read one request from each connection, answer and close."""
    kept = []
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if answer is None:
            kept.append(connection)
            continue
        with connection:
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            left = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]) - len(body)
            while left > 0 and (part := connection.recv(65_536)):
                left -= len(part)
            connection.sendall(answer)


def answer(status: str, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()


def steady(measurement: Measurement, urls: list[str], seconds: float) -> Figures:
    """Deliver at a steady rate."""
    SteadyLoad(measurement.relay.socket, "w", urls, PACE / len(urls), iter(range(10**9))).run(seconds)
    while measurement.relay.status.pending():
        time.sleep(0.01)
    status = measurement.relay.status.get("/status")[1]
    latency = status["latency"]["created_to_delivered"]
    assert status["deliveries"]["failed"] == 0, status["deliveries"]
    return {"p50, ms": latency["p50_ms"], "p95, ms": latency["p95_ms"], "delivered": latency["count"]}


def measure(url: str | None, what: Callable[[Measurement], Figures]) -> Figures:
    options = ["--otlp-endpoint", url] if url else []
    with tempfile.TemporaryDirectory(prefix="tracing-") as name:
        measurement = Measurement(Path(os.environ["FLOCK_RELAY"]), Path(name), *options)
        try:
            return what(measurement)
        finally:
            measurement.relay.terminate(30)


def compare(row: str, rounds: int, urls: dict[str, str | None], what: Callable[[Measurement], Figures]) -> None:
    found: dict[str, list[Figures]] = {name: [] for name in urls}
    for turn in range(rounds):
        names = list(urls)
        for name in names[turn % len(names):] + names[: turn % len(names)]:
            found[name].append(measure(urls[name], what))
    print(f"\n| {row} | figure | median | to no export | of {rounds} rounds |\n|---|---|--:|--:|--:|")
    for name, figures in found.items():
        for figure in figures[0]:
            values = [each[figure] for each in figures]
            ratios = [value / none[figure] for value, none in zip(values, found["no export"])]
            print(f"| {name} | {figure} | {statistics.median(values):.2f} | {statistics.median(ratios):.2f} "
                  f"| {min(ratios):.2f} to {max(ratios):.2f} |", flush=True)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="Tests/tracing.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="runs with each endpoint [3]")
    parser.add_argument("--seconds", type=float, default=10, help="of a run at a steady rate [10]")
    parser.add_argument("--count", type=int, default=20_000, help="artifacts in a run at full speed [20000]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracing-") as name:
        receiver = NginxReceiver(Path(name), PORT)
        try:
            with (endpoint(None) as hanging, endpoint(answer("200 OK")) as accepting, endpoint(answer("500 No")) as broken,
                  endpoint(answer("429 Later", "Retry-After: 1\r\n")) as busy):
                urls = {"no export": None, "accepting": accepting, "refused": REFUSED, "hanging": hanging,
                        "answers 500": broken, "answers 429": busy}
                compare(f"durable, {PACE:.0f} artifacts/s", options.rounds, urls,
                        lambda each: steady(each, receiver.urls(10), options.seconds))
                compare("durable, full speed", options.rounds, urls,
                        lambda each: each.flood(receiver.urls(10), options.count))
        finally:
            receiver.stop()


if __name__ == "__main__":
    main()
