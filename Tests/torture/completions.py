"""Checks that workflow.completed comes once, at the end and with the right counts, although the daemon is killed.

    FLOCK_RELAY=…/flock-relay python3 Tests/torture/completions.py [--workflows 1000] [--seconds 30] [--kills 20] [--seed 1]

Workflows have random shapes: ordered or not, filtered or not, moved to another URL or not, with receivers that fail, reset
and hang. Prints the time from the end of a workflow to the arrival of its workflow.completed. Exit status 1 on a violation.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from author import Item
from behaviour import flaky
from checks import ORPHAN_SECONDS
from killer import Killer
from oracle import Oracle
from receiver import Listener, answer
from relay import Relay, copy_binary
from rounds import RELAY_OPTIONS
from workload import dump
from writer import Writer

COMPLETION = "workflow.completed"
STATUSES = ["succeeded", "failed", "cancelled", "timed_out", "idle"]
TYPES = ["Note", "shop.Order", "Draft"]
BOTH = ["artifact.created", COMPLETION]
OPEN = 40
"""Workflows that are written at the same time."""
TICK = 0.1
"""Seconds between two portions of lines."""
QUIET_SECONDS = 60
"""Maximum time without progress."""


@dataclass
class Request:
    """One request at the receiver. Times are seconds of the wall clock."""

    artifact_id: str
    sequence: int
    body: bytes
    arrived_at: float
    answered_at: float


@dataclass
class Workflow:
    """One workflow: its lines in order, and what the receiver must get."""

    name: str
    status: str
    lines: list[bytes] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Artifact ids that are to be delivered, in order."""
    requests: list[Request] = field(default_factory=list)
    written_at: float = 0
    """When its last line was first written: seconds of the wall clock."""


class Sink(Listener):
    """Answers like ``flaky``, and records what arrives."""

    def __init__(self, seed: str, workflows: dict[str, Workflow], oracle: Oracle) -> None:
        self._seed = seed
        self._workflows = workflows
        self._oracle = oracle
        self._lock = threading.Lock()
        self._attempts: dict[tuple[str, str], int] = {}
        super().__init__()

    def _take(self, connection: socket.socket, path: str, headers: dict[str, str], body: bytes) -> bool:
        arrived_at = time.time()
        message, attempt = headers["webhook-id"], headers["x-flock-attempt"]
        workflow = self._workflows[headers["x-flock-correlation-id"]]
        request = Request(
            headers["x-flock-artifact-id"], int(headers["x-flock-sequence"]), body, arrived_at, arrived_at)
        with self._lock:
            workflow.requests.append(request)
            repeat = self._attempts[message, attempt] = self._attempts.get((message, attempt), -1) + 1
        self._oracle.moments["post"].set()
        reply = flaky(self._seed, message, int(attempt), repeat)
        if reply.delay:
            time.sleep(reply.delay)
        request.answered_at = time.time()
        self._oracle.moments["answer"].set()
        return answer(connection, reply)


class Script:
    """Gives a writer the lines of its workflows, mixed at random, each workflow's in order."""

    def __init__(self, workflows: list[Workflow], chance: random.Random) -> None:
        self._waiting = [(workflow, list(reversed(workflow.lines))) for workflow in workflows]
        self._open: list[tuple[Workflow, list[bytes]]] = []
        self._chance = chance

    def next_items(self) -> list[Item]:
        while self._waiting and len(self._open) < OPEN:
            self._open.append(self._waiting.pop())
        if not self._open:
            return []
        chosen = self._chance.choice(self._open)
        workflow, lines = chosen
        line = lines.pop()
        if not lines:
            self._open.remove(chosen)
            workflow.written_at = time.time()
        return [Item(line)]


def workflow(number: int, ports: list[int], chance: random.Random) -> Workflow:
    """A workflow of random shape."""
    made = Workflow(f"w{number}", chance.choice(STATUSES))
    ordering = chance.choice(["parallel", "ordered"])
    # The same over a change of URL: what is not selected is not remembered, so a line that is sent again after a
    # registration that selects it is delivered.
    events = [COMPLETION] if chance.random() < 0.1 else BOTH
    types = chance.choice([None, None, ["Order"], ["Note", "shop.Order"], ["nothing"]])

    def register(version: int) -> None:
        made.lines.append(dump(
            {"type": "webhook_registered", "correlation_id": made.name, "ordering": ordering, "events": events}
            | {"webhook_url": f"http://127.0.0.1:{chance.choice(ports)}/{number}/{version}", "types": types}
            | {"webhook_secret": ["new", "old"], "max_retries": chance.choice([0, 1, 3])}))

    register(1)
    count = chance.choice([0, 1, 2, 5, 12])
    moves_at = chance.randrange(count) if count and chance.random() < 0.3 else None
    for position in range(count):
        if position == moves_at:
            register(2)
        kind = chance.choice(TYPES)
        made.lines.append(dump(
            {"correlation_id": made.name, "timestamp": "2026-01-15T09:30:00Z", "artifact_id": f"a{position}"}
            | {"artifact_type": kind, "produced_by": "alpha", "payload": {"n": position}}))
        if events == BOTH and (types is None or kind in types or kind.split(".")[-1] in types):
            made.expected.append(f"a{position}")
    made.lines.append(dump({"type": "workflow_completed", "correlation_id": made.name, "status": made.status}))
    return made


def check(oracle: Oracle, found: Workflow, report: dict | None) -> float | None:
    """Compare a workflow with its completion; returns the seconds from its end to the arrival of the completion."""

    def wrong(what: str) -> None:
        oracle.violation(f"{found.name}: {what}; {report}")

    completions = [each for each in found.requests if each.artifact_id.startswith(COMPLETION)]
    if not completions or report is None:
        wrong("no completion arrived")
        return None
    if {each.artifact_id for each in completions} != {COMPLETION} or len({each.sequence for each in completions}) != 1:
        wrong(f"more than one completion: {[(each.artifact_id, each.sequence) for each in completions]}")
    first = min(completions, key=lambda each: each.arrived_at)
    deliveries = sorted(report["deliveries"], key=lambda each: each["sequence"])
    if [each["artifact_id"] for each in deliveries] != [*found.expected, COMPLETION]:
        wrong(f"expected {found.expected} and the completion")
    failed = [each["sequence"] for each in deliveries[:-1] if each["state"] == "failed"]
    body = json.loads(first.body)
    expected = (len(found.expected), failed, found.status, len(found.expected) + 1, first.sequence)
    if (body["artifacts"], body["failed"], body["status"], body["sequence"], body["sequence"]) != expected:
        wrong(f"the completion is {body}, expected {expected}")
    artifacts = [each for each in found.requests if not each.artifact_id.startswith(COMPLETION)]
    early = [each for each in artifacts if each.arrived_at > first.arrived_at and not is_orphan(oracle, each.arrived_at)]
    if early:
        wrong(f"the completion arrived at {first.arrived_at}, before {early[0]}")
    end = max([found.written_at, *(each.answered_at for each in artifacts)])
    if any(end - 5 < kill.at < first.arrived_at for kill in oracle.kills):
        return None
    return first.arrived_at - end


def is_orphan(oracle: Oracle, arrived_at: float) -> bool:
    """Whether a daemon that was killed may have sent this request."""
    return any(kill.at <= arrived_at <= kill.at + ORPHAN_SECONDS for kill in oracle.kills)


def drain(relay: Relay, writers: list[Writer], oracle: Oracle) -> None:
    """Wait until everything is acknowledged and final, and stays so for two seconds."""
    progress, deadline, still = None, time.monotonic() + QUIET_SECONDS, 0
    while still < 20:
        state = (relay.status.pending(), sum(writer.is_idle for writer in writers))
        still = still + 1 if state == (0, len(writers)) else 0
        if state != progress:
            progress, deadline = state, time.monotonic() + QUIET_SECONDS
        if time.monotonic() > deadline:
            oracle.violation(f"no progress: {state[0]} deliveries pending")
            return
        time.sleep(0.1)


def run(directory: Path, options: argparse.Namespace) -> int:
    chance = random.Random(f"{options.seed} completions")
    oracle = Oracle()
    workflows: dict[str, Workflow] = {}
    ports = [Sink(options.seed, workflows, oracle).port for _ in range(3)]
    for number in range(options.workflows):
        made = workflow(number, ports, chance)
        workflows[made.name] = made
    relay = Relay(copy_binary(directory), directory, directory / "state", *RELAY_OPTIONS)
    killer = Killer(relay, oracle, random.Random(f"{options.seed} killer"))
    shares = [list(workflows.values())[number::3] for number in range(3)]
    writers = [
        Writer(relay.socket, Script(share, chance), oracle, random.Random(f"{options.seed} {number}"), grace=False)
        for number, share in enumerate(shares)
    ]
    begun = time.monotonic()
    try:
        relay.start()
        totals = [sum(len(each.lines) for each in share) for share in shares]
        for writer in writers:
            writer.start()
        ticks = max(int(options.seconds / TICK), 1)
        fatal = set(chance.sample(range(ticks), min(options.kills, ticks)))
        for tick in range(ticks):
            for writer, total in zip(writers, totals):
                writer.budget += total * (tick + 1) // ticks - total * tick // ticks
            time.sleep(TICK)
            if tick in fatal:
                killer.wait_for_instant()
                killer.kill_daemon()
        drain(relay, writers, oracle)
        times = [check(oracle, found, relay.status.workflow(found.name)) for found in workflows.values()]
    except (OSError, RuntimeError, http.client.HTTPException) as error:
        oracle.violation(f"{type(error).__name__}: {error}")
        times = []
    finally:
        for writer in writers:
            writer.stop()
        relay.kill()
    known = sorted(each for each in times if each is not None)
    if len(known) > 1:
        print(f"from the end to the completion, ms: median {statistics.median(known) * 1e3:.1f}, "
              f"p95 {known[int(len(known) * 0.95)] * 1e3:.1f}, of {len(known)} workflows without a kill meanwhile")
    print(f"workflows {len(workflows)}, kills {len(oracle.kills)}, violations {len(oracle.violations)}, "
          f"seconds {time.monotonic() - begun:.0f}, seed {options.seed}")
    for violation in oracle.violations[:20]:
        print(f"- {violation}", file=sys.stderr)
    return 1 if oracle.violations else 0


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workflows", type=int, default=1_000, help="number of workflows [1000]")
    parser.add_argument("--seconds", type=float, default=30, help="time in which the lines are written [30]")
    parser.add_argument("--kills", type=int, default=20, help="how often the daemon is killed [20]")
    parser.add_argument("--seed", default="1", help="seed of everything but the timing [1]")
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        return run(Path(name), parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
