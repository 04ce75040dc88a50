"""A Flock server for workflows of random shape, whose agents log what they do.

    python random_workflows.py --stack components|legacy --log FILE --bridge SOCKET

A workflow starts with an artifact of type Work, whose payload says what follows from it;
each agent takes its part. The log has one JSON object a line, in the order of the event
loop: "stored" when the store has an artifact, "ran" when an agent's engine ends, and
"consumed" when the outputs of an agent that has not failed are stored, too. Times are
seconds of the monotonic clock, which all processes share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

import environment  # noqa: F401  Before flock.
from flock import Flock
from flock.api.service import BlackboardHTTPService
from flock.components.agent import EngineComponent
from flock.core.artifacts import Artifact
from flock.core.store import InMemoryBlackboardStore
from flock.core.subscription import BatchSpec, JoinSpec
from flock.registry import flock_type
from flock.utils.runtime import EvalResult
from pydantic import BaseModel, Field

WINDOW = 0.3
"""Seconds for which an artifact of type Lone waits for its partner, which never comes."""

BATCH_SIZE, BATCH_TIMEOUT = 7, 0.2
"""Artifacts of a full batch, and seconds after which a partial one is processed."""

MAX_FAN_OUT = 8


class Item(BaseModel):
    """An artifact with an id of its own, by which the log refers to it."""

    id: str = Field(default_factory=lambda: uuid.uuid4().hex)


@flock_type(name="Work")
class Work(Item):
    """What follows: ``works`` and ``pairs`` are payloads of further Work, the others are counts."""

    delay: float = 0.0
    works: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    fails: int = 0
    lones: int = 0
    batched: int = 0
    gate_as: int = 0
    gate_bs: int = 0


@flock_type(name="Leaf")
class Leaf(Item):
    """No agent consumes it."""


@flock_type(name="PairLeft")
class PairLeft(Item):
    key: str
    then: dict[str, Any]


@flock_type(name="PairRight")
class PairRight(Item):
    key: str


@flock_type(name="Lone")
class Lone(Item):
    """An input of a join that expires."""


@flock_type(name="Partner")
class Partner(Item):
    """The other input of that join; no agent publishes it."""


@flock_type(name="Batched")
class Batched(Item):
    pass


@flock_type(name="GateA")
class GateA(Item):
    pass


@flock_type(name="GateB")
class GateB(Item):
    pass


@flock_type(name="Summary")
class Summary(Item):
    """The output of a batch or an AND gate, in one of the workflows of its inputs."""


@flock_type(name="Tick")
class Tick(BaseModel):
    """The output of a scheduled agent, in workflows of its own."""


PARTS: dict[str, tuple[Callable[[dict[str, Any]], bool], type[Item], Callable[[dict[str, Any]], list[Item]]]] = {
    "spread": (lambda work: bool(work["works"]), Work, lambda work: [Work(**each) for each in work["works"]]),
    "lefts": (
        lambda work: bool(work["pairs"]),
        PairLeft,
        lambda work: [PairLeft(key=each["id"], then=each) for each in work["pairs"]],
    ),
    "rights": (
        lambda work: bool(work["pairs"]),
        PairRight,
        lambda work: [PairRight(key=each["id"]) for each in work["pairs"]],
    ),
    "fails": (lambda work: work["fails"] > 0, Leaf, lambda work: []),
    "lones": (lambda work: work["lones"] > 0, Lone, lambda work: [Lone() for _ in range(work["lones"])]),
    "batched": (lambda work: work["batched"] > 0, Batched, lambda work: [Batched() for _ in range(work["batched"])]),
    "gate_as": (lambda work: work["gate_as"] > 0, GateA, lambda work: [GateA() for _ in range(work["gate_as"])]),
    "gate_bs": (lambda work: work["gate_bs"] > 0, GateB, lambda work: [GateB() for _ in range(work["gate_bs"])]),
}
"""The agents that consume Work: which of them take a payload, and what they publish for it."""


def consumers(kind: str, payload: dict[str, Any]) -> set[str]:
    """The agents that take an artifact of this type."""
    if kind == "Work":
        taken = {name for name, (takes, _, _) in PARTS.items() if takes(payload)}
        return taken or {"leaf"}
    return {
        "PairLeft": {"pairs"},
        "PairRight": {"pairs"},
        "Lone": {"lone"},
        "Batched": {"batch"},
        "GateA": {"gate"},
        "GateB": {"gate"},
        "Summary": {"after"},
    }.get(kind, set())


class Log:
    """Writes what happens, in order."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, event: str, **fields: Any) -> None:
        self._file.write(json.dumps({"event": event, "time": time.monotonic(), **fields}) + "\n")
        self._file.flush()


class LoggingStore(InMemoryBlackboardStore):
    """Logs what it has stored, and takes a moment for the last thing that the task of an agent stores."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self._items: dict[uuid.UUID, str] = {}

    async def publish(self, artifact: Artifact) -> None:
        await super().publish(artifact)
        payload = artifact.payload
        item = payload.get("id", str(artifact.id))
        self._items[artifact.id] = item
        self._log.write("stored", workflow=artifact.correlation_id, kind=artifact.type, item=item, payload=payload)

    async def record_consumptions(self, records: Any) -> None:
        await asyncio.sleep(0.001)
        await super().record_consumptions(records)
        for record in records:
            self._log.write("consumed", agent=record.consumer, item=self._items[record.artifact_id])


class Engine(EngineComponent):
    """Waits for the delay of its first input, and publishes what ``make`` returns for all inputs."""

    make: Callable[[list[dict[str, Any]]], list[BaseModel]]
    log: Any

    async def evaluate(self, agent, ctx, inputs, output_group):  # noqa: ANN001, ANN201
        payloads = [artifact.payload for artifact in inputs.artifacts]
        await asyncio.sleep(payloads[0].get("delay", 0.005))
        outputs = self.make(payloads)
        taken = [payload["id"] for payload in payloads if "id" in payload]
        if taken:
            self.log.write("ran", agent=agent.name, inputs=taken)
        if agent.name == "fails":
            raise RuntimeError("as planned")
        return EvalResult.from_objects(*outputs, agent=agent)


def build(log: Log) -> Flock:
    """The orchestrator, with every agent that takes part in random workflows."""
    flock = Flock(no_output=True, max_agent_iterations=10**9, store=LoggingStore(log))

    def engine(make: Callable[[list[dict[str, Any]]], list[BaseModel]]) -> Engine:
        return Engine(make=make, log=log)

    for name, (takes, kind, make) in PARTS.items():
        agent = flock.agent(name).consumes(Work, where=lambda work, takes=takes: takes(work.model_dump()))
        agent.publishes(kind, fan_out=(1, MAX_FAN_OUT))
        agent.with_engines(engine(lambda payloads, make=make: make(payloads[0])))
        agent.max_concurrency(32).prevent_self_trigger(False)
    nothing = lambda work: consumers("Work", work.model_dump()) == {"leaf"}  # noqa: E731
    leaf = flock.agent("leaf").consumes(Work, where=nothing).publishes(Leaf)
    leaf.with_engines(engine(lambda _: [Leaf()])).max_concurrency(32)

    by_key = JoinSpec(by=lambda item: item.key, within=timedelta(minutes=5))
    pairs = flock.agent("pairs").consumes(PairLeft, PairRight, join=by_key).publishes(Work)
    pairs.with_engines(engine(lambda payloads: [Work(**each["then"]) for each in payloads if "then" in each]))
    by_id = JoinSpec(by=lambda item: item.id, within=timedelta(seconds=WINDOW))
    lone = flock.agent("lone").consumes(Lone, Partner, join=by_id).publishes(Leaf)
    lone.with_engines(engine(lambda _: [Leaf()]))

    batches = BatchSpec(size=BATCH_SIZE, timeout=timedelta(seconds=BATCH_TIMEOUT))
    batch = flock.agent("batch").consumes(Batched, batch=batches).publishes(Summary)
    batch.with_engines(engine(lambda _: [Summary()]))
    gate = flock.agent("gate").consumes(GateA, GateB).publishes(Summary)
    gate.with_engines(engine(lambda _: [Summary()]))
    after = flock.agent("after").consumes(Summary).publishes(Leaf)
    after.with_engines(engine(lambda _: [Leaf()]))
    heart = flock.agent("heart").schedule(every=timedelta(milliseconds=100))
    heart.publishes(Tick).with_engines(engine(lambda _: [Tick()]))
    return flock


async def main() -> None:
    """Serve until a signal stops the server."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stack", choices=["components", "legacy"], required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--bridge", metavar="SOCKET", required=True)
    options = parser.parse_args()

    from flock_relay import FlockRelay

    with options.log.open("w") as file:
        flock = build(Log(file))
        relay = FlockRelay(options.bridge)
        if options.stack == "components":
            relay.attach(flock)
            await flock.serve(host="127.0.0.1", port=0)
        else:
            service = BlackboardHTTPService(flock)
            relay.attach(service)
            await service.run_async(host="127.0.0.1", port=0)


if __name__ == "__main__":
    asyncio.run(main())
