"""How long publishing takes with and without the bridge, all in one run.

    FLOCK_RELAY=…/flock-relay python publish_latency.py [--rounds 40] [--requests 50]

One server for each case, driven in turn, a few requests at a time and in another
order each round, so that a machine that slows down slows them all. Prints milliseconds
and the ratios to "no bridge". Exit status 1 if absent or hung exceed the targets.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from processes import FlockServer, RelayProcess
from proxy import RecordingProxy
from receiver import Receiver

NO_BRIDGE, RUNNING, ABSENT, HUNG = "no bridge", "bridge, relay running", "bridge, relay absent", "bridge, relay hung"
MEDIAN_TARGET, P95_TARGET = 1.05, 1.10
WORKLOADS = {
    "one artifact": ("Note", {"text": "n"}),
    "pipeline of 4": ("Order", {"sku": "x"}),
}


def percentile(values: list[float], fraction: float) -> float:
    """The value below which ``fraction`` of them lie."""
    return statistics.quantiles(values, n=1000, method="inclusive")[round(fraction * 1000) - 1]


def start(stack: str, relay: RelayProcess | None, directory: Path, running: ExitStack) -> dict[str, FlockServer]:
    """A server for each case that can be measured."""
    servers: dict[str, FlockServer] = {}
    for case in (NO_BRIDGE, RUNNING, ABSENT, HUNG):
        if case == RUNNING and relay is None:
            continue
        proxy = None
        if case != NO_BRIDGE:
            proxy = running.enter_context(RecordingProxy(directory / f"{stack}-{len(servers)}.sock"))
        if case == HUNG and proxy is not None:
            proxy.hang()
        if case == RUNNING and proxy is not None and relay is not None:
            proxy.path.symlink_to(relay.socket)  # No proxy in between: nothing of ours to measure.
        servers[case] = FlockServer(stack, proxy)
        servers[case].launch()
        running.push(servers[case])
    for server in servers.values():
        server.wait_until_started()
    return servers


def measure(
    servers: dict[str, FlockServer], kind: str, payload: dict, url: str, rounds: int, requests: int
) -> dict[str, list[float]]:
    """Milliseconds of each publish, by case."""
    latencies: dict[str, list[float]] = {case: [] for case in servers}
    order = list(servers)
    for number in range(rounds + 1):
        random.shuffle(order)
        for case in order:
            server = servers[case]
            body = {"type": kind, "payload": payload}
            if case != NO_BRIDGE:
                body |= {"webhook_url": url, "webhook_secret": "secret"}
            for _ in range(requests):
                begun = time.perf_counter()
                answer = server.client.post("/api/v1/artifacts", json=body)
                taken = time.perf_counter() - begun
                answer.raise_for_status()
                if number > 0:  # The first round warms up.
                    latencies[case].append(taken * 1000)
    return latencies


def report(stack: str, workload: str, latencies: dict[str, list[float]]) -> bool:
    """Print one table; False if a target is missed."""
    base_median = statistics.median(latencies[NO_BRIDGE])
    base_p95 = percentile(latencies[NO_BRIDGE], 0.95)
    met = True
    print(f"\n{stack} stack, {workload}, {len(latencies[NO_BRIDGE])} requests each")
    print(f"  {'':24}{'median ms':>11}{'p95 ms':>9}{'median ratio':>14}{'p95 ratio':>11}")
    for case, values in latencies.items():
        median, p95 = statistics.median(values), percentile(values, 0.95)
        ratios = median / base_median, p95 / base_p95
        print(f"  {case:24}{median:11.3f}{p95:9.3f}{ratios[0]:14.3f}{ratios[1]:11.3f}")
        if case in (ABSENT, HUNG) and (ratios[0] > MEDIAN_TARGET or ratios[1] > P95_TARGET):
            met = False
    return met


def main() -> int:
    """Measure and print; the exit status says whether the targets were met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--requests", type=int, default=50, help="in one go to one server")
    parser.add_argument("--stack", choices=["components", "legacy"], action="append")
    options = parser.parse_args()
    binary = os.environ.get("FLOCK_RELAY")

    print(f"FLOCK_AUTO_TRACE=false, Python {sys.version.split()[0]}, {os.cpu_count()} CPUs")
    print(f"targets for absent and hung: median ratio <= {MEDIAN_TARGET}, p95 ratio <= {P95_TARGET}")
    if binary is None:
        print("FLOCK_RELAY is not set: the case with a running relay is left out")
    met = True
    for stack in options.stack or ["components", "legacy"]:
        with ExitStack() as running:
            directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
            receiver = running.enter_context(Receiver())
            relay = running.enter_context(RelayProcess(binary, directory)) if binary else None
            servers = start(stack, relay, directory, running)
            for workload, (kind, payload) in WORKLOADS.items():
                url = receiver.url()
                found = measure(servers, kind, payload, url, options.rounds, options.requests)
                met = report(stack, workload, found) and met
    print("\ntargets met" if met else "\ntargets missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
