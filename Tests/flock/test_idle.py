"""When a workflow of a real Flock counts as idle: every shape in which work can wait, end or stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import environment  # noqa: F401  Before flock.
import pytest
from flock import Flock
from flock.components.agent import EngineComponent
from flock.components.orchestrator import OrchestratorComponent
from flock.core.artifacts import Artifact
from flock.core.conditions import When
from flock.core.store import InMemoryBlackboardStore
from flock.core.subscription import BatchSpec, JoinSpec
from flock.utils.runtime import EvalResult
from flock_relay.idle import RECHECK, IdleTracker
from flock_relay.internals import count_work, waiting_workflows
from pydantic import BaseModel

from app import BatchIn, BatchOut, Beat, Draft, FanRequest, Final, Item, Joined, Left, Note, Order, Review, Right

MOMENT = 0.05
"""Seconds in which a workflow that is idle would have been reported, unless its artifacts wait."""

WAIT = 20.0
"""Seconds after which a report that must come counts as missing."""


class Work(EngineComponent):
    """An engine that calls ``make(payloads)``, which may be asynchronous, for its outputs."""

    make: Callable[[list[dict[str, Any]]], Any]

    async def evaluate(self, agent, ctx, inputs, output_group):  # noqa: ANN001, ANN201
        outputs = self.make([artifact.payload for artifact in inputs.artifacts])
        if isinstance(outputs, Awaitable):
            outputs = await outputs
        return EvalResult.from_objects(*outputs, agent=agent)


class Watched:
    """A Flock whose workflows are watched from their first artifact on, as the bridge does it."""

    def __init__(self, flock: Flock | None = None) -> None:
        self.flock = flock if flock is not None else Flock(no_output=True)
        self.reported: list[str] = []
        self.tracker = IdleTracker(
            lambda among: waiting_workflows(self.flock, among), self.reported.append
        )
        count_work(self.flock, self.tracker)
        tracker = self.tracker

        class Watcher(OrchestratorComponent):
            name: str | None = "watcher"
            priority: int = -1_000_000

            async def on_artifact_published(self, orchestrator: Flock, artifact: Artifact) -> Artifact:
                if artifact.produced_by == "external" and not str(artifact.correlation_id).startswith("unwatched"):
                    tracker.watch(str(artifact.correlation_id))
                return artifact

        self.flock.add_component(Watcher())

    def agent(
        self, consumes: Any, make: Callable[[list[dict[str, Any]]], Any], publishes: type[BaseModel], **how: Any
    ) -> None:
        """An agent with one subscription; ``how``: its join, batch or activation, and ``fan_out``."""
        outputs = {"fan_out": how.pop("fan_out")} if "fan_out" in how else {}
        types = consumes if isinstance(consumes, tuple) else (consumes,)
        agent = self.flock.agent(f"agent{len(self.flock.agents)}").consumes(*types, **how)
        agent.publishes(publishes, **outputs).with_engines(Work(make=make))

    async def publish(self, value: BaseModel, workflow: str) -> None:
        await self.flock.publish(value, correlation_id=workflow)

    async def wait_for(self, *workflows: str) -> None:
        """Wait until exactly these workflows are reported, in any order; fail after ``WAIT`` seconds."""
        deadline = time.monotonic() + WAIT
        while not set(workflows) <= set(self.reported):
            assert time.monotonic() < deadline, f"{workflows} not reported, only {self.reported}"
            await asyncio.sleep(0.005)
        assert sorted(self.reported) == sorted(workflows), "nothing else, and nothing twice"

    async def check_silence(self, *reported: str, seconds: float = MOMENT) -> None:
        """For ``seconds`` nothing is reported beyond ``reported``."""
        await asyncio.sleep(seconds)
        assert sorted(self.reported) == sorted(reported)


class Held:
    """Work that starts, and ends when the test says so."""

    def __init__(self, *outputs: BaseModel) -> None:
        self._outputs = outputs
        self._released = asyncio.Event()
        self.started = 0

    async def __call__(self, payloads: list[dict[str, Any]]) -> tuple[BaseModel, ...]:
        self.started += 1
        await self._released.wait()
        return self._outputs

    def release(self) -> None:
        self._released.set()

    async def wait_until_started(self, count: int = 1) -> None:
        deadline = time.monotonic() + WAIT
        while self.started < count:
            assert time.monotonic() < deadline, f"{self.started} of {count} started"
            await asyncio.sleep(0.005)


def scenario(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run an asynchronous test in an event loop of its own."""

    def run() -> None:
        asyncio.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@scenario
async def test_a_workflow_without_agents_is_idle_after_its_publication() -> None:
    watched = Watched()
    await watched.publish(Note(text="n"), "w")
    await watched.wait_for("w")
    await watched.check_silence("w", seconds=RECHECK + 2 * MOMENT)


@scenario
async def test_a_pipeline_is_idle_when_its_last_agent_has_ended() -> None:
    watched, last = Watched(), Held(Final(summary="f"))
    watched.agent(Order, lambda _: [Draft(text="d")], Draft)
    watched.agent(Draft, lambda _: [Review(verdict="ok")], Review)
    watched.agent(Review, last, Final)
    await watched.publish(Order(sku="x"), "w")
    await last.wait_until_started()
    await watched.check_silence()
    last.release()
    await watched.wait_for("w")


@scenario
async def test_a_fan_out_is_idle_when_its_slowest_branch_has_ended() -> None:
    watched, slowest = Watched(), Held(Note(text="slow"))
    watched.agent(FanRequest, lambda _: [Item(index=index) for index in range(50)], Item, fan_out=(1, 100))

    async def work(payloads: list[dict[str, Any]]) -> Any:
        await asyncio.sleep(0.001 * (payloads[0]["index"] % 5))
        return await slowest(payloads) if payloads[0]["index"] == 25 else [Note(text="n")]

    watched.agent(Item, work, Note)
    watched.flock.agents[-1].set_max_concurrency(100)
    await watched.publish(FanRequest(count=50), "w")
    await slowest.wait_until_started()
    await watched.check_silence()
    slowest.release()
    await watched.wait_for("w")


@scenario
async def test_a_branch_that_waits_for_an_agents_concurrency_is_under_way() -> None:
    watched, work = Watched(), Held(Note(text="n"))
    watched.agent(Order, work, Note)
    watched.flock.agents[-1].set_max_concurrency(1)
    await watched.publish(Order(sku="1"), "first")
    await watched.publish(Order(sku="2"), "second")
    await work.wait_until_started()
    await watched.check_silence()
    work.release()
    await watched.wait_for("first", "second")


@scenario
async def test_an_agent_that_raises_ends_its_branch_only() -> None:
    watched, other = Watched(), Held(Note(text="n"))

    def fail(_: list[dict[str, Any]]) -> list[BaseModel]:
        raise RuntimeError("broken")

    watched.agent(Order, fail, Draft)
    watched.agent(Order, other, Note)
    await watched.publish(Order(sku="x"), "w")
    await other.wait_until_started()
    await watched.check_silence()
    other.release()
    await watched.wait_for("w")


@scenario
async def test_a_cancelled_error_of_an_engine_itself_ends_its_branch() -> None:
    watched = Watched()

    def fail(_: list[dict[str, Any]]) -> list[BaseModel]:
        raise asyncio.CancelledError

    watched.agent(Order, fail, Draft)
    await watched.publish(Order(sku="x"), "w")
    await watched.wait_for("w")


@scenario
async def test_a_join_holds_its_workflow_until_its_agent_has_ended() -> None:
    watched, right, joined = Watched(), Held(Right(key="k")), Held(Joined(keys=["k"]))
    watched.agent(Order, lambda _: [Left(key="k")], Left)
    watched.agent(Order, right, Right)
    join = JoinSpec(by=lambda item: item.key, within=timedelta(minutes=5))
    watched.agent((Left, Right), joined, Joined, join=join)
    await watched.publish(Order(sku="x"), "w")
    await right.wait_until_started()
    await watched.check_silence()
    right.release()
    await joined.wait_until_started()
    await watched.check_silence()
    joined.release()
    await watched.wait_for("w")


@scenario
async def test_a_join_that_never_completes_holds_its_workflow() -> None:
    watched = Watched()
    join = JoinSpec(by=lambda item: item.key, within=timedelta(minutes=5))
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined, join=join)
    await watched.publish(Left(key="k"), "lone")
    await watched.check_silence(seconds=2 * RECHECK + MOMENT)


@scenario
async def test_a_join_holds_its_workflow_until_its_window_is_over() -> None:
    watched, window = Watched(), 0.4
    join = JoinSpec(by=lambda item: item.key, within=timedelta(seconds=window))
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined, join=join)
    begun = time.monotonic()
    await watched.publish(Left(key="k"), "lone")
    await watched.wait_for("lone")
    taken = time.monotonic() - begun
    assert window <= taken < window + 2 * RECHECK


@scenario
async def test_an_expired_join_holds_nothing_after_flock_has_stopped_removing_it() -> None:
    """A request to /sync ends in such a shutdown."""
    watched = Watched()
    join = JoinSpec(by=lambda item: item.key, within=timedelta(seconds=0.2))
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined, join=join)
    await watched.publish(Left(key="k"), "lone")
    await watched.flock.shutdown(include_components=False)
    await watched.wait_for("lone")
    assert watched.flock._lifecycle_manager.has_pending_correlations


@scenario
async def test_a_join_by_count_holds_its_workflow_until_later_artifacts_end_its_window() -> None:
    watched = Watched()
    join = JoinSpec(by=lambda item: item.key, within=2)
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined, join=join)
    await watched.publish(Left(key="lone"), "lone")
    await watched.publish(Left(key="a"), "unwatched a")
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    await watched.publish(Left(key="b"), "unwatched b")
    await watched.wait_for("lone")


@scenario
async def test_an_artifact_whose_join_key_cannot_be_computed_holds_nothing() -> None:
    watched = Watched()
    join = JoinSpec(by=lambda item: item.missing, within=5)
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined, join=join)
    await watched.publish(Left(key="k"), "w")
    await watched.wait_for("w")


@scenario
async def test_an_and_gate_holds_each_of_its_workflows_until_its_agent_has_ended() -> None:
    watched, gate = Watched(), Held(Joined(keys=[]))
    watched.agent((Left, Right), gate, Joined)
    await watched.publish(Left(key="1"), "left")
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    await watched.publish(Right(key="2"), "right")
    await gate.wait_until_started()
    await watched.check_silence()
    gate.release()
    await watched.wait_for("left", "right")


@scenario
async def test_surplus_inputs_of_an_and_gate_hold_nothing_after_it_has_opened() -> None:
    watched, gate = Watched(), Held(Joined(keys=[]))
    watched.agent((Left, Right), gate, Joined)
    for number in range(3):
        await watched.publish(Left(key="k"), f"left {number}")
    await watched.check_silence()
    await watched.publish(Right(key="k"), "right")
    await watched.wait_for("left 1", "left 2")  # Flock drops them: the gate takes one of each type.
    gate.release()
    await watched.wait_for("left 0", "left 1", "left 2", "right")


@scenario
async def test_surplus_inputs_are_noticed_when_other_workflows_open_the_gate() -> None:
    watched = Watched()
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined)
    await watched.publish(Left(key="k"), "unwatched left")
    await watched.publish(Left(key="k"), "surplus")
    await watched.check_silence()
    await watched.publish(Right(key="k"), "unwatched right")
    opened = time.monotonic()
    await watched.wait_for("surplus")
    assert time.monotonic() - opened < RECHECK / 2


@scenario
async def test_a_batch_holds_each_of_its_workflows_until_its_agent_has_ended() -> None:
    watched, batch = Watched(), Held(BatchOut(who=[]))
    watched.agent(BatchIn, batch, BatchOut, batch=BatchSpec(size=3))
    await watched.publish(BatchIn(who="a"), "a")
    await watched.publish(BatchIn(who="b"), "b")
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    await watched.publish(BatchIn(who="c"), "c")
    await batch.wait_until_started()
    await watched.check_silence()
    batch.release()
    await watched.wait_for("a", "b", "c")


@scenario
async def test_a_partial_batch_holds_its_workflow_until_its_time_out_and_its_agent() -> None:
    watched, batch = Watched(), Held(BatchOut(who=[]))
    watched.agent(BatchIn, batch, BatchOut, batch=BatchSpec(size=100, timeout=timedelta(seconds=0.3)))
    await watched.publish(BatchIn(who="a"), "a")
    await batch.wait_until_started()
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    batch.release()
    await watched.wait_for("a")


@scenario
async def test_a_partial_batch_holds_its_workflow_after_flock_has_stopped_its_time_outs() -> None:
    """A request to /sync ends in such a shutdown."""
    watched = Watched()
    watched.agent(BatchIn, lambda _: [BatchOut(who=[])], BatchOut, batch=BatchSpec(timeout=timedelta(seconds=0.2)))
    await watched.publish(BatchIn(who="a"), "a")
    await watched.flock.shutdown(include_components=False)
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    await watched.publish(BatchIn(who="b"), "b")
    await watched.wait_for("a", "b")


@scenario
async def test_a_batch_of_and_gates_holds_the_workflows_of_all_its_groups() -> None:
    watched, batch = Watched(), Held(Joined(keys=[]))
    watched.agent((Left, Right), batch, Joined, batch=BatchSpec(size=2))
    await watched.publish(Left(key="1"), "a")
    await watched.publish(Right(key="1"), "b")
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    await watched.publish(Left(key="2"), "c")
    await watched.publish(Right(key="2"), "d")
    await batch.wait_until_started()
    await watched.check_silence()
    batch.release()
    await watched.wait_for("a", "b", "c", "d")


@scenario
async def test_artifacts_that_have_left_a_batch_are_under_way_while_components_decide() -> None:
    watched, deciding, batch = Watched(), asyncio.Event(), Held(BatchOut(who=[]))
    watched.agent(BatchIn, batch, BatchOut, batch=BatchSpec(size=2))

    class Slow(OrchestratorComponent):
        name: str | None = "slow"
        priority: int = 50

        async def on_before_agent_schedule(self, orchestrator: Any, agent: Any, artifacts: Any) -> Any:
            await deciding.wait()
            return artifacts

    watched.flock.add_component(Slow())
    await watched.publish(BatchIn(who="a"), "a")
    publication = asyncio.create_task(watched.publish(BatchIn(who="b"), "b"))
    await watched.publish(Note(text="any end leads to a check"), "unwatched")
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    deciding.set()
    await publication
    await batch.wait_until_started()
    await watched.check_silence()
    batch.release()
    await watched.wait_for("a", "b")


@scenario
async def test_timers_hold_nothing_but_their_own_workflows() -> None:
    watched, work = Watched(), Held(Note(text="n"))
    watched.agent(Order, work, Note)
    beat = watched.flock.agent("heart").schedule(every=timedelta(milliseconds=5))
    beat.publishes(Beat).with_engines(Work(make=lambda _: [Beat(text="tick")]))
    await watched.publish(Order(sku="x"), "w")
    await work.wait_until_started()
    await asyncio.sleep(MOMENT)
    assert "w" not in watched.reported
    work.release()
    deadline = time.monotonic() + WAIT
    while "w" not in watched.reported:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
    await watched.flock.shutdown()
    assert len(watched.reported) == len(set(watched.reported))


@scenario
async def test_a_workflow_that_the_circuit_breaker_stops_is_idle() -> None:
    watched = Watched(Flock(no_output=True, max_agent_iterations=1))
    watched.agent(Order, lambda _: [Draft(text="d")], Draft)
    await watched.publish(Order(sku="1"), "first")
    await watched.publish(Order(sku="2"), "second")
    await watched.wait_for("first", "second")
    assert watched.flock.metrics["agent_runs"] == 1


@scenario
async def test_an_endless_loop_is_idle_when_the_circuit_breaker_stops_it() -> None:
    watched = Watched(Flock(no_output=True, max_agent_iterations=20))
    watched.agent(Draft, lambda _: [Review(verdict="again")], Review)
    watched.agent(Review, lambda _: [Draft(text="again")], Draft)
    await watched.publish(Draft(text="d"), "w")
    await watched.wait_for("w")
    assert watched.flock.metrics["agent_runs"] == 40


@scenario
async def test_an_artifact_that_an_activation_condition_drops_holds_nothing() -> None:
    from flock.components.orchestrator.activation import ActivationComponent

    watched = Watched()
    watched.flock.add_component(ActivationComponent())
    activation = When.correlation(Order).count_at_least(5)
    watched.agent(Order, lambda _: [Draft(text="d")], Draft, activation=activation)
    await watched.publish(Order(sku="x"), "w")
    await watched.wait_for("w")
    assert watched.flock.metrics["agent_runs"] == 0


@scenario
async def test_an_artifact_that_a_component_blocks_holds_nothing() -> None:
    watched = Watched()

    class Blocker(OrchestratorComponent):
        name: str | None = "blocker"
        priority: int = 0

        async def on_artifact_published(self, orchestrator: Any, artifact: Artifact) -> Artifact | None:
            return None

    watched.flock.add_component(Blocker())
    watched.agent(Order, lambda _: [Draft(text="d")], Draft)
    await watched.publish(Order(sku="x"), "w")
    await watched.wait_for("w")


class SlowStore(InMemoryBlackboardStore):
    """A store that takes a moment for everything, and fails for the order "fail"."""

    async def publish(self, artifact: Artifact) -> None:
        await asyncio.sleep(0.02)
        if artifact.payload.get("sku") == "fail":
            raise OSError("disk full")
        await super().publish(artifact)

    async def record_consumptions(self, records: Any) -> None:
        await asyncio.sleep(0.02)
        await super().record_consumptions(records)


@scenario
async def test_a_publication_that_the_store_still_writes_is_under_way() -> None:
    watched = Watched(Flock(no_output=True, store=SlowStore()))
    watched.agent(Order, lambda _: [Draft(text="d")], Draft)
    await watched.publish(Order(sku="1"), "w")
    await watched.wait_for("w")
    watched.reported.clear()
    more = asyncio.create_task(watched.publish(Order(sku="2"), "w"))
    await asyncio.sleep(0)
    watched.tracker.watch("w")
    await asyncio.sleep(0.005)
    assert not more.done()
    assert watched.reported == []
    await watched.wait_for("w")
    assert watched.flock.metrics["agent_runs"] == 2


@scenario
async def test_a_publication_that_the_store_rejects_ends() -> None:
    watched, work = Watched(Flock(no_output=True, store=SlowStore())), Held(Note(text="n"))
    watched.agent(Order, work, Note)
    await watched.publish(Order(sku="1"), "w")
    await work.wait_until_started()
    with pytest.raises(OSError, match="disk full"):
        await watched.publish(Order(sku="fail"), "w")
    await watched.check_silence()
    work.release()
    await watched.wait_for("w")


@scenario
async def test_work_that_a_shutdown_cancels_is_not_idle_and_later_workflows_are() -> None:
    watched, work = Watched(), Held(Note(text="n"))
    watched.agent(Order, work, Note)
    watched.agent(BatchIn, work, BatchOut, batch=BatchSpec(size=2))
    await watched.publish(Order(sku="x"), "cancelled")
    await work.wait_until_started()
    await watched.flock.shutdown()
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)
    work.release()
    await watched.publish(Order(sku="y"), "later")
    await watched.wait_for("later")


@scenario
async def test_work_that_a_stopping_flock_refuses_is_not_idle() -> None:
    watched = Watched()
    watched.agent(Order, lambda _: [Draft(text="d")], Draft)
    watched.flock._scheduler.close_gate()
    await watched.publish(Order(sku="x"), "w")
    await watched.check_silence(seconds=RECHECK + 2 * MOMENT)


def test_work_that_the_end_of_the_event_loop_cancels_is_not_idle() -> None:
    watched: list[Watched] = []

    async def run() -> None:
        watched.append(Watched())
        work = Held(Note(text="n"))
        watched[0].agent(Order, work, Note)
        await watched[0].publish(Order(sku="x"), "w")
        await work.wait_until_started()

    asyncio.run(run())
    assert watched[0].reported == []


def test_a_second_event_loop_continues_after_the_first() -> None:
    watched: list[Watched] = []

    async def first() -> None:
        watched.append(Watched())
        watched[0].agent((Left, Right), lambda _: [Joined(keys=[])], Joined)
        await watched[0].publish(Left(key="k"), "left")
        await watched[0].check_silence()
        watched[0].tracker._not_before = time.monotonic() + 0.1  # As after a check of many artifacts.
        await watched[0].publish(Note(text="n"), "note")

    async def second() -> None:
        await watched[0].publish(Right(key="k"), "right")
        await watched[0].wait_for("left", "note", "right")

    asyncio.run(first())
    assert watched[0].reported == [], "the first event loop ends before its check"
    asyncio.run(second())


@scenario
async def test_workflows_that_are_not_watched_are_not_reported_and_leave_nothing_behind() -> None:
    watched = Watched()
    watched.agent(Order, lambda _: [Draft(text="d")], Draft)
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined)
    for number in range(100):
        await watched.publish(Order(sku="x"), f"unwatched {number}")
        await watched.publish(Left(key="k"), f"unwatched left {number}")
    await watched.flock.run_until_idle()
    await watched.check_silence()
    assert watched.tracker._under_way == {}
    assert len(watched.tracker) == 0


@scenario
async def test_a_workflow_that_is_watched_in_the_middle_is_reported_at_its_end() -> None:
    watched, work = Watched(), Held(Note(text="n"))
    watched.agent(Order, work, Note)
    await watched.publish(Order(sku="x"), "unwatched until now")
    await work.wait_until_started()
    watched.tracker.watch("unwatched until now")
    await watched.check_silence()
    work.release()
    await watched.wait_for("unwatched until now")


@scenario
async def test_a_workflow_that_is_watched_when_it_is_over_is_reported_at_once() -> None:
    watched = Watched()
    watched.tracker.watch("over")
    await watched.wait_for("over")


@scenario
async def test_a_workflow_that_is_watched_again_is_reported_again() -> None:
    watched = Watched()
    for _ in range(2):
        await watched.publish(Note(text="n"), "w")
        await watched.wait_for("w")
        watched.reported.clear()


@scenario
async def test_a_workflow_that_is_no_longer_watched_is_not_reported() -> None:
    watched, work = Watched(), Held(Note(text="n"))
    watched.agent(Order, work, Note)
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined)
    await watched.publish(Order(sku="x"), "running")
    await watched.publish(Left(key="k"), "waiting")
    await watched.check_silence()
    for workflow in ("running", "waiting"):
        watched.tracker.unwatch(workflow)
    work.release()
    await watched.publish(Right(key="k"), "right")
    await watched.wait_for("right")
    await watched.check_silence("right")


@scenario
async def test_many_waiting_workflows_take_little_of_the_event_loops_time() -> None:
    watched = Watched(Flock(no_output=True, max_agent_iterations=100_000))
    watched.agent((Left, Right), lambda _: [Joined(keys=[])], Joined)
    spent = 0.0
    waiting = watched.tracker._waiting

    def timed(among: Any) -> set[str]:
        nonlocal spent
        begun = time.monotonic()
        found = waiting(among)
        spent += time.monotonic() - begun
        return found

    for number in range(3000):
        await watched.publish(Left(key="k"), f"left {number}")
    watched.tracker._waiting = timed
    begun = time.monotonic()
    while time.monotonic() < begun + 2:
        await watched.publish(Note(text="n"), "unwatched")
        await asyncio.sleep(0)
    share = spent / (time.monotonic() - begun)
    assert 0 < share < 0.1
    await watched.publish(Right(key="k"), "right")
    await watched.wait_for("right", *(f"left {number}" for number in range(3000)))
