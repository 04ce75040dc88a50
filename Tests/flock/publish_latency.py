"""Measures how long publishing takes with and without the bridge, in one run.

    FLOCK_RELAY=…/flock-relay python publish_latency.py [--generations 4] [--rounds 20] [--stack …] [--store …]

There is one server for each case. Each round sends requests to each server, in random
order, so that a slower phase of the machine affects all cases. "Busy": a block of requests
in series, of which the first few are not counted. "Idle": single requests to a server that
was idle before, so that most of what the processor executes has left its caches. A pipeline is
published only when the one before it on that server has finished; otherwise its agents,
which share the event loop, would be measured, too. With two or more processors, client
and servers run on separate ones then; otherwise the client would sometimes wait for the
agents before it reads an answer. The servers are restarted a few times, because two
processes of the same program differ by several per cent; the second "no bridge" shows
this difference. The webhooks use every feature of the bridge. Takes 20 minutes for each store.
Prints milliseconds and ratios to "no bridge"; exit status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
from processes import FlockServer, RelayProcess
from proxy import RecordingProxy
from receiver import Receiver

SETTINGS = {
    "secret": ["current", "former"],
    "events": ["artifact.created", "workflow.completed"],
    "types": ["Order", "Draft", "Review", "Final", "Note"],
    "producers": ["external", "alpha", "beta", "gamma"],
    "ordering": "parallel",
    "max_retries": 1,
}
NO_BRIDGE, AGAIN = "no bridge", "no bridge (again)"
UNUSED = "bridge, no webhook asked"
RUNNING, ABSENT, HUNG = "bridge, relay running", "bridge, relay absent", "bridge, relay hung"
CASES = (NO_BRIDGE, AGAIN, UNUSED, RUNNING, ABSENT, HUNG)
JSON = {"Content-Type": "application/json"}
PROCESSORS = sorted(os.sched_getaffinity(0))
MEDIAN_TARGET, P95_TARGET = 1.05, 1.10


class Workload(NamedTuple):
    """What is published, and how often in a round."""

    name: str
    kind: str
    payload: dict[str, str]
    requests: int
    uncounted: int
    """How many of the first requests of a round are not counted."""
    pause: float
    """Seconds to wait after each request, until its workflow has finished."""
    apart: bool
    """Whether client and servers use separate processors, as the server continues to work after its answer."""
    at_once: bool = False
    """Whether the requests of a round are sent at the same time."""
    is_idle: bool = False
    """Whether the server is idle before each request; reported, without a target."""


WORKLOADS = (
    Workload("busy, pipeline of 4 artifacts", "Order", {"sku": "x"}, 30, 5, 0.01, True),
    Workload("busy, one artifact", "Note", {"text": "n"}, 50, 5, 0, False),
    Workload("200 artifacts at once", "Note", {"text": "n"}, 200, 0, 0, False, at_once=True),
    Workload("idle, pipeline of 4 artifacts", "Order", {"sku": "x"}, 4, 0, 0.04, True, is_idle=True),
    Workload("idle, one artifact", "Note", {"text": "n"}, 4, 0, 0.04, False, is_idle=True),
)
type Latencies = dict[str, list[float]]


def percentile(values: list[float], fraction: float) -> float:
    """The value below which this fraction of the values lies."""
    return statistics.quantiles(values, n=1000, method="inclusive")[round(fraction * 1000) - 1]


def start(
    stack: str, store: str, relay: RelayProcess | None, directory: Path, running: ExitStack
) -> dict[str, FlockServer]:
    """A server for each case that can be measured."""
    servers: dict[str, FlockServer] = {}
    for number, case in enumerate(CASES):
        if case == RUNNING and relay is None:
            continue
        proxy = None
        if case not in (NO_BRIDGE, AGAIN):
            proxy = running.enter_context(RecordingProxy(directory / f"{number}.sock"))
            if case == HUNG:
                proxy.hang()
            if case == RUNNING and relay is not None:
                proxy.path.symlink_to(relay.socket)  # Connects the bridge directly, without the proxy.
        servers[case] = FlockServer(stack, proxy, "--store", store)
        servers[case].launch()
        running.push(servers[case])
    for server in servers.values():
        server.wait_until_started()
    return servers


def place(servers: dict[str, FlockServer], *, apart: bool) -> None:
    """Use separate processors for client and servers, or let them run anywhere."""
    apart = apart and len(PROCESSORS) > 1
    os.sched_setaffinity(0, PROCESSORS[:1] if apart else PROCESSORS)
    for server in servers.values():
        server.run_on(PROCESSORS[1:] if apart else PROCESSORS)


def one_by_one(client: httpx.Client, content: str, workload: Workload) -> list[float]:
    """Milliseconds of each request, sent when the one before it is answered."""
    latencies = []
    for _ in range(workload.requests):
        begun = time.perf_counter()
        answer = client.post("/api/v1/artifacts", content=content, headers=JSON)
        latencies.append((time.perf_counter() - begun) * 1000)
        answer.raise_for_status()
        time.sleep(workload.pause)
    return latencies


def burst(client: httpx.Client, content: str, workload: Workload) -> list[float]:
    """Milliseconds of each request, all sent at the same time."""

    async def post(sender: httpx.AsyncClient) -> float:
        begun = time.perf_counter()
        answer = await sender.post("/api/v1/artifacts", content=content, headers=JSON)
        answer.raise_for_status()
        return (time.perf_counter() - begun) * 1000

    async def send() -> list[float]:
        limits = httpx.Limits(max_connections=workload.requests)
        async with httpx.AsyncClient(base_url=client.base_url, limits=limits, timeout=60) as sender:
            return await asyncio.gather(*(post(sender) for _ in range(workload.requests)))

    return asyncio.run(send())


def measure(servers: dict[str, FlockServer], workload: Workload, url: str, rounds: int) -> Latencies:
    """Milliseconds of each publish request, by case."""
    latencies: Latencies = {case: [] for case in servers}
    order = list(servers)
    place(servers, apart=workload.apart)
    for number in range(rounds + 1):
        random.shuffle(order)
        for case in order:
            body: dict[str, object] = {"type": workload.kind, "payload": workload.payload}
            if case in (RUNNING, ABSENT, HUNG):
                body["webhook"] = {"url": url, **SETTINGS}
            content = json.dumps(body)
            taken = (burst if workload.at_once else one_by_one)(servers[case].client, content, workload)
            if number > 0:  # The first round warms up.
                latencies[case] += taken[workload.uncounted :]
    return latencies


def report(stack: str, store: str, workload: Workload, latencies: Latencies) -> bool:
    """Print one table; False if a target is missed."""
    base = latencies[NO_BRIDGE] + latencies[AGAIN]
    base_median, base_p95 = statistics.median(base), percentile(base, 0.95)
    met = True
    print(f"\n{stack} stack, {store} store, {workload.name}, {len(latencies[NO_BRIDGE])} requests each")
    print(f"  {'':26}{'median ms':>11}{'p95 ms':>9}{'median ratio':>14}{'p95 ratio':>11}")
    for case, values in latencies.items():
        median, p95 = statistics.median(values), percentile(values, 0.95)
        ratios = median / base_median, p95 / base_p95
        print(f"  {case:26}{median:11.3f}{p95:9.3f}{ratios[0]:14.3f}{ratios[1]:11.3f}")
        if case in (ABSENT, HUNG) and not workload.is_idle and (ratios[0] > MEDIAN_TARGET or ratios[1] > P95_TARGET):
            met = False
    return met


def one_generation(stack: str, store: str, binary: str | None, rounds: int) -> dict[str, Latencies]:
    """Start everything, measure every workload, stop everything."""
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
        receiver = running.enter_context(Receiver())
        relay = running.enter_context(RelayProcess(binary, directory)) if binary else None
        servers = start(stack, store, relay, directory, running)
        try:
            return {workload.name: measure(servers, workload, receiver.url(), rounds) for workload in WORKLOADS}
        finally:
            place({}, apart=False)


def main() -> int:
    """Measure and print; the exit status says whether the targets were met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generations", type=int, default=4, help="how often the servers are started")
    parser.add_argument("--rounds", type=int, default=20, help="rounds in a generation")
    parser.add_argument("--stack", choices=["components", "legacy"], action="append")
    parser.add_argument("--store", choices=["memory", "sqlite", "slow"], action="append")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # So that no server keeps running.
    binary = os.environ.get("FLOCK_RELAY")

    print(f"FLOCK_AUTO_TRACE=false, Python {sys.version.split()[0]}, {os.cpu_count()} CPUs")
    print(f"targets for absent and hung: median ratio <= {MEDIAN_TARGET}, p95 ratio <= {P95_TARGET}")
    if binary is None:
        print("FLOCK_RELAY is not set: the case with a running relay is skipped")
    met = True
    for stack, store in itertools.product(options.stack or ["components", "legacy"], options.store or ["memory"]):
        found: dict[str, Latencies] = {}
        for _ in range(options.generations):
            for name, latencies in one_generation(stack, store, binary, options.rounds).items():
                for case, values in latencies.items():
                    found.setdefault(name, {}).setdefault(case, []).extend(values)
        for workload in WORKLOADS:
            met = report(stack, store, workload, found[workload.name]) and met
    print("\ntargets met" if met else "\ntargets missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
