"""Checks ``workflow_completed`` on workflows of random shape against what their agents did.

    python completion.py [--workflows 100] [--stack components|legacy] [--seed N]
    FLOCK_RELAY=…/flock-relay python completion.py --delivered

For each stack a real Flock server runs ``random_workflows.py``. Its log tells when each
workflow was done: when its last artifact was stored, its last agent had run, its last join
had expired, and an AND gate had dropped its surplus inputs. The line must come once, never
before that, and never where an artifact waits for ever. Prints the time from done to the
line; with ``--delivered`` also to the arrival of ``workflow.completed`` at a receiver,
through a real relay. Exit status 1 if a check fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks import CORRELATION_HEADER
from processes import FlockServer, RelayProcess
from random_workflows import WINDOW, consumers
from receiver import Delivery, Receiver
from scripted_relay import RecordingRelay

QUIET = 2.5
"""Seconds without any event after which nothing more comes: more than a window and a recheck."""


def plan(random: random.Random, depth: int) -> dict[str, Any]:
    """The payload of an artifact of type Work."""
    work: dict[str, Any] = {"id": uuid.UUID(int=random.getrandbits(128)).hex, "delay": random.random() * 0.02}
    chances = {"fails": 0.06, "lones": 0.05, "batched": 0.15, "gate_as": 0.12, "gate_bs": 0.12}
    for part, chance in chances.items():
        if random.random() < chance:
            work[part] = random.randint(1, 3)
    if depth > 0:
        if random.random() < 0.6:
            work["works"] = [plan(random, depth - 1) for _ in range(random.randint(1, 3))]
        if random.random() < 0.25:
            work["pairs"] = [plan(random, depth - 1) for _ in range(random.randint(1, 2))]
    return work


class TimedReceiver(Receiver):
    """A receiver that also keeps the time of each delivery."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[tuple[float, dict[str, Any]]] = []

    def _keep(self, delivery: Delivery) -> None:
        self.arrivals.append((time.monotonic(), delivery.fields))
        super()._keep(delivery)


@dataclass
class Done:
    """When a workflow was done; ``by``: what ended last. ``waits``: an artifact of it waits for ever."""

    time: float = 0.0
    by: str = "store"
    waits: bool = False
    artifacts: set[str] = field(default_factory=set)

    def at_least(self, time: float, by: str) -> None:
        if time > self.time:
            self.time, self.by = time, by


def oracle(log: list[dict[str, Any]]) -> tuple[dict[str, Done], list[str]]:
    """When each workflow was done, by the log of its agents; and what is wrong with the log itself."""
    ran: dict[tuple[str, str], float] = {}
    gates: set[frozenset[str]] = set()
    for entry in log:
        if entry["event"] == "ran":
            for item in entry["inputs"]:
                ran[entry["agent"], item] = entry["time"]
            if entry["agent"] == "gate":
                gates.add(frozenset(entry["inputs"]))
        elif entry["event"] == "consumed":
            ran[entry["agent"], entry["item"]] = entry["time"]

    workflows: dict[str, Done] = {}
    wrong: list[str] = []
    pool: dict[str, list[tuple[str, Done]]] = {"GateA": [], "GateB": []}
    for entry in log:
        if entry["event"] != "stored":
            continue
        kind, item = entry["kind"], entry["item"]
        done = workflows.setdefault(entry["workflow"], Done())
        done.artifacts.add(item)
        done.at_least(entry["time"], "store")
        if kind in pool:
            pool[kind].append((item, done))
            if all(pool.values()):  # The gate opens: it takes the first of each, and drops the others.
                taken = frozenset(waiting[0][0] for waiting in pool.values())
                if taken not in gates:
                    wrong.append(f"the gate should have taken {set(taken)}")
                for waiting in pool.values():
                    for _, dropped in waiting[1:]:
                        dropped.at_least(entry["time"], "drop")
                    del waiting[:]
        for agent in consumers(kind, entry["payload"]):
            if (agent, item) in ran:
                done.at_least(ran[agent, item], "agent")
            elif kind == "Lone":
                done.at_least(entry["time"] + WINDOW, "expiry")
            elif kind not in pool:
                wrong.append(f"{agent} did not take {kind} {item}")
    for waiting in pool.values():
        for _, done in waiting:
            done.waits = True
    return workflows, wrong


def read(log: Path) -> list[dict[str, Any]]:
    """The complete lines of the server's log."""
    return [json.loads(line) for line in log.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def publish_all(server: FlockServer, url: str, options: argparse.Namespace) -> list[str]:
    """Publish the workflows, and at the end two that open the AND gate; returns their correlation ids."""
    chooser = random.Random(options.seed)
    plans = [plan(chooser, chooser.randint(0, 3)) for _ in range(options.workflows)]
    begun = time.monotonic()
    fields = {"webhook_url": url, "webhook_events": ["artifact.created", "workflow.completed"]}

    def publish(payload: dict[str, Any], after: float = 0) -> str:
        time.sleep(max(0, begun + after - time.monotonic()))
        answer = server.publish("Work", payload, **fields)
        assert answer.status_code == 200, answer.text
        return answer.headers[CORRELATION_HEADER]

    with ThreadPoolExecutor(8) as pool:
        workflows = list(pool.map(publish, plans, (number / options.rate for number in range(len(plans)))))
    time.sleep(1)
    for number in range(2):
        workflows.append(publish({"id": f"last {number}", "gate_as": 1, "gate_bs": 1}))
        time.sleep(0.2)
    return workflows


def wait_until_quiet(sizes: Iterator[int]) -> None:
    """Wait until the sum of what was seen has not changed for ``QUIET`` seconds."""
    last, since = -1, time.monotonic()
    for size in sizes:
        if size != last:
            last, since = size, time.monotonic()
        elif time.monotonic() - since > QUIET:
            return
        time.sleep(0.1)


def check(
    asked: list[str], workflows: dict[str, Done], events: list[tuple[float, str, str]], wrong: list[str]
) -> dict[str, list[float]]:
    """Compare the completions among ``events`` (time, workflow, kind) with the oracle.

    Returns the seconds from done to the completion, by what ended last; problems are
    appended to ``wrong``.
    """
    completed: dict[str, float] = {}
    for at, workflow, kind in events:
        if kind == "completed":
            if workflow in completed:
                wrong.append(f"{workflow} completed twice")
            completed[workflow] = at
        elif workflow in completed:
            wrong.append(f"{workflow}: {kind} after its completion")
    late: dict[str, list[float]] = {}
    for workflow in asked:
        done = workflows[workflow]
        at = completed.pop(workflow, None)
        if done.waits:
            if at is not None:
                wrong.append(f"{workflow} completed although an artifact of it waits")
        elif at is None:
            wrong.append(f"{workflow} not completed; done by {done.by}")
        elif at < done.time:
            wrong.append(f"{workflow} completed {(done.time - at) * 1000:.1f} ms early; done by {done.by}")
        else:
            late.setdefault(done.by, []).append(at - done.time)
    wrong += [f"{workflow} completed, but did not ask for it" for workflow in completed]
    return late


def report(title: str, late: dict[str, list[float]]) -> None:
    """Print the time from done to a completion."""
    for by, values in sorted(late.items()):
        values.sort()
        p95 = values[max(0, round(0.95 * len(values)) - 1)]
        print(
            f"  {title}, {len(values):5} done by {by:7}"
            f" median {statistics.median(values) * 1000:8.2f} ms, p95 {p95 * 1000:8.2f} ms,"
            f" max {values[-1] * 1000:8.2f} ms"
        )


def delivered_events(arrivals: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, str, str]]:
    """Delivered artifacts and completions as events."""
    kinds = {"artifact.created": "artifact", "workflow.completed": "completed"}
    return [(at, body["correlation_id"], kinds[body["event_type"]]) for at, body in arrivals]


def line_events(lines: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, str, str]]:
    """The artifact and completion lines as events."""
    events = []
    for at, line in lines:
        if line.get("type") == "workflow_completed":
            events.append((at, line["correlation_id"], "completed"))
        elif "artifact_id" in line:
            events.append((at, line["correlation_id"], "artifact"))
    return events


def run(stack: str, options: argparse.Namespace) -> bool:
    """One stack; False if a check fails."""
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory()))
        log = directory / "agents.log"
        if options.delivered:
            receiver = running.enter_context(TimedReceiver())
            relay = running.enter_context(RelayProcess(os.environ["FLOCK_RELAY"], directory))
            url, event_socket, seen = receiver.url(), relay.socket, receiver.arrivals
        else:
            recorder = running.enter_context(RecordingRelay(directory / "events.sock"))
            url, event_socket, seen = "https://receiver.invalid/hook", recorder.path, recorder.arrivals
        arguments = ("--log", str(log), "--bridge", str(event_socket))
        server = running.enter_context(FlockServer(stack, None, *arguments, program="random_workflows.py"))

        asked = publish_all(server, url, options)
        wait_until_quiet(log.stat().st_size + len(seen) for _ in iter(int, 1))
        workflows, wrong = oracle(read(log))
        events = delivered_events(seen) if options.delivered else line_events(seen)
        late = check(asked, workflows, events, wrong)
        if options.delivered:
            wrong += wrong_counts(asked, workflows, [body for _, body in seen])
        waiting = sum(workflows[workflow].waits for workflow in asked)
        artifacts = sum(len(workflows[workflow].artifacts) for workflow in asked)
        print(f"{stack}: {len(asked)} workflows, {artifacts} artifacts; {waiting} wait for ever")
        report("arrival" if options.delivered else "line", late)
        for problem in wrong[:20]:
            print(f"  WRONG: {problem}")
        if len(wrong) > 20:
            print(f"  WRONG: and {len(wrong) - 20} more")
        return not wrong


def wrong_counts(asked: list[str], workflows: dict[str, Done], bodies: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the delivered completions: their sequence numbers and counts."""
    wrong = []
    for body in bodies:
        if body["event_type"] == "workflow.completed" and body["correlation_id"] in asked:
            count = len(workflows[body["correlation_id"]].artifacts)
            if (body["artifacts"], body["sequence"], body["failed"]) != (count, count + 1, []):
                wrong.append(f"{count} artifacts, but the completion says {body}")
    return wrong


def main() -> int:
    """Run each stack; the exit status says whether everything was as it must be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workflows", type=int, default=100, help="workflows for each stack")
    parser.add_argument("--stack", choices=["components", "legacy"], action="append")
    parser.add_argument("--seed", type=int, default=None, help="default: a new one, which is printed")
    parser.add_argument("--rate", type=float, default=4, help="requests a second, each about 13 artifacts")
    parser.add_argument("--delivered", action="store_true", help="through the relay at FLOCK_RELAY to a receiver")
    options = parser.parse_args()
    if options.delivered and "FLOCK_RELAY" not in os.environ:
        parser.error("--delivered needs FLOCK_RELAY: set it to the flock-relay executable to test")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {options.seed}")
    results = [run(stack, options) for stack in options.stack or ["components", "legacy"]]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
