"""A real Flock server for the tests: plain Python engines, no model.

    python app.py --stack components|legacy [--bridge SOCKET] [--timer] [--port N] [--store memory|sqlite|slow]

Port 0 lets the kernel choose; uvicorn prints the port. With ``--bridge`` the
server offers webhooks through a relay at that event socket.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import environment  # noqa: F401  Before flock.
from flock import Flock
from flock.api.service import BlackboardHTTPService
from flock.components.agent import EngineComponent
from flock.core.store import BlackboardStore, InMemoryBlackboardStore, SQLiteBlackboardStore
from flock.core.subscription import BatchSpec, JoinSpec
from flock.registry import flock_type
from flock.utils.runtime import EvalResult
from pydantic import BaseModel

from awkward import AWKWARD, UNWRITABLE


@flock_type(name="Note")
class Note(BaseModel):
    """An artifact that no agent consumes."""

    text: str


@flock_type(name="Order")
class Order(BaseModel):
    sku: str


@flock_type(name="Draft")
class Draft(BaseModel):
    text: str


@flock_type(name="Review")
class Review(BaseModel):
    verdict: str


@flock_type(name="Final")
class Final(BaseModel):
    summary: str


@flock_type(name="FanRequest")
class FanRequest(BaseModel):
    count: int


@flock_type(name="Item")
class Item(BaseModel):
    index: int


@flock_type(name="FailRequest")
class FailRequest(BaseModel):
    message: str


@flock_type(name="Never")
class Never(BaseModel):
    text: str


@flock_type(name="AwkwardRequest")
class AwkwardRequest(BaseModel):
    writable: bool


@flock_type(name="Awkward")
class Awkward(BaseModel):
    data: dict


@flock_type(name="Left")
class Left(BaseModel):
    key: str


@flock_type(name="Right")
class Right(BaseModel):
    key: str


@flock_type(name="Joined")
class Joined(BaseModel):
    keys: list[str]


@flock_type(name="BatchIn")
class BatchIn(BaseModel):
    who: str


@flock_type(name="BatchOut")
class BatchOut(BaseModel):
    who: list[str]


@flock_type(name="Beat")
class Beat(BaseModel):
    text: str


class Engine(EngineComponent):
    """Turns the input payloads into output objects; subclasses define how."""

    async def evaluate(self, agent, ctx, inputs, output_group):
        outputs = self.outputs([artifact.payload for artifact in inputs.artifacts])
        return EvalResult.from_objects(*outputs, agent=agent)

    def outputs(self, payloads: list[dict]) -> list[BaseModel]:
        raise NotImplementedError


class DraftEngine(Engine):
    def outputs(self, payloads):
        return [Draft(text=f"draft for {payloads[0]['sku']}")]


class ReviewEngine(Engine):
    def outputs(self, payloads):
        return [Review(verdict="ok")]


class FinalEngine(Engine):
    def outputs(self, payloads):
        return [Final(summary="done")]


class FanEngine(Engine):
    def outputs(self, payloads):
        return [Item(index=index) for index in range(payloads[0]["count"])]


class FailEngine(Engine):
    def outputs(self, payloads):
        raise RuntimeError(payloads[0]["message"])


class AwkwardEngine(Engine):
    def outputs(self, payloads):
        return [Awkward(data=AWKWARD if payloads[0]["writable"] else UNWRITABLE)]


class JoinEngine(Engine):
    def outputs(self, payloads):
        return [Joined(keys=[payload["key"] for payload in payloads])]


class BatchEngine(Engine):
    def outputs(self, payloads):
        return [BatchOut(who=[payload["who"] for payload in payloads])]


class BeatEngine(Engine):
    def outputs(self, payloads):
        return [Beat(text="tick")]


class SlowStore(InMemoryBlackboardStore):
    """Takes 5 ms to store an artifact, as a store on another machine may."""

    async def publish(self, artifact) -> None:
        await asyncio.sleep(0.005)
        await super().publish(artifact)


async def make_store(kind: str) -> BlackboardStore:
    """``kind``: memory, sqlite or slow."""
    if kind == "sqlite":
        store = SQLiteBlackboardStore(str(Path(tempfile.mkdtemp(prefix="flock-store-")) / "store.db"))
        await store.ensure_schema()
        return store
    return SlowStore() if kind == "slow" else InMemoryBlackboardStore()


def build(*, timer: bool, store: BlackboardStore) -> Flock:
    """The orchestrator with every agent the tests use."""
    flock = Flock(no_output=True, store=store)
    flock.agent("alpha").consumes(Order).publishes(Draft).with_engines(DraftEngine())
    flock.agent("beta").consumes(Draft).publishes(Review).with_engines(ReviewEngine())
    flock.agent("gamma").consumes(Review).publishes(Final).with_engines(FinalEngine())
    flock.agent("fanner").consumes(FanRequest).publishes(Item, fan_out=(1, 10_000)).with_engines(FanEngine())
    flock.agent("failer").consumes(FailRequest).publishes(Never).with_engines(FailEngine())
    flock.agent("weird").consumes(AwkwardRequest).publishes(Awkward).with_engines(AwkwardEngine())
    join = JoinSpec(by=lambda payload: payload.key, within=timedelta(minutes=5))
    flock.agent("joiner").consumes(Left, Right, join=join).publishes(Joined).with_engines(JoinEngine())
    batch = flock.agent("batcher").consumes(BatchIn, batch=BatchSpec(size=2))
    batch.publishes(BatchOut).with_engines(BatchEngine())
    if timer:
        beat = flock.agent("heart").schedule(every=timedelta(milliseconds=50))
        beat.publishes(Beat).with_engines(BeatEngine())
    return flock


async def main() -> None:
    """Serve until a signal stops the server."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stack", choices=["components", "legacy"], required=True)
    parser.add_argument("--bridge", metavar="SOCKET")
    parser.add_argument("--timer", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--store", choices=["memory", "sqlite", "slow"], default="memory")
    options = parser.parse_args()

    flock = build(timer=options.timer, store=await make_store(options.store))
    if options.stack == "components":
        if options.bridge:
            from flock_relay import FlockRelay

            FlockRelay(options.bridge).attach(flock)
        await flock.serve(host="127.0.0.1", port=options.port)
    else:
        service = BlackboardHTTPService(flock)
        if options.bridge:
            from flock_relay import FlockRelay

            FlockRelay(options.bridge).attach(service)
        await service.run_async(host="127.0.0.1", port=options.port)


if __name__ == "__main__":
    asyncio.run(main())
