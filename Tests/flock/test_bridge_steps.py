"""The order of steps, and when they run: soon, after an answer, or at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar

from flock import Flock
from flock.core.artifacts import Artifact
from flock.core.visibility import PublicVisibility
from flock_relay.internals import everything
from flock_relay.publish_request import PublishRequest
from flock_relay.registrations import Registration
from flock_relay.steps import MAX_DELAY, Steps
from flock_relay.workflows import MayRead
from starlette.types import Scope

FLOCK = Flock(no_output=True)

identity: ContextVar[str] = ContextVar("identity", default="anonymous")


def test_a_step_runs_in_the_next_callback_of_the_event_loop() -> None:
    ran: list[int] = []

    async def main() -> None:
        steps = Steps()
        steps.add(lambda: ran.append(1))
        steps.add(lambda: ran.append(2))
        assert ran == []
        await asyncio.sleep(0)
        assert ran == [1, 2]

    asyncio.run(main())


def test_a_step_after_an_answer_waits_for_it() -> None:
    ran: list[int] = []

    async def main() -> None:
        steps = Steps()
        steps.add(lambda: ran.append(1), after_answer=True)
        for _ in range(5):
            await asyncio.sleep(0)
        assert ran == []
        steps.answered()
        await asyncio.sleep(0)
        assert ran == [1]

    asyncio.run(main())


def test_a_step_does_not_wait_longer_for_an_answer_than_promised() -> None:
    ran: list[float] = []

    async def main() -> None:
        steps = Steps()
        begun = time.monotonic()
        steps.add(lambda: ran.append(time.monotonic() - begun), after_answer=True)
        while not ran and time.monotonic() < begun + 30:
            await asyncio.sleep(0.001)

    asyncio.run(main())
    assert ran[0] >= MAX_DELAY * 0.9


def test_a_later_step_does_not_overtake_one_that_waits_for_an_answer() -> None:
    ran: list[int] = []

    async def main() -> None:
        steps = Steps()
        steps.add(lambda: ran.append(1), after_answer=True)
        steps.add(lambda: ran.append(2))
        await asyncio.sleep(0)
        assert ran == [1, 2]

    asyncio.run(main())


def test_steps_run_at_once_without_an_event_loop_after_those_of_one_that_has_ended() -> None:
    ran: list[int] = []
    steps = Steps()

    async def main() -> None:
        steps.add(lambda: ran.append(1))
        steps.add(lambda: ran.append(2), after_answer=True)

    asyncio.run(main())
    asyncio.run(main())
    steps.add(lambda: ran.append(3))
    assert ran == [1, 2, 1, 2, 3]


def claimed(find: Callable[[Scope], MayRead], scope: Scope) -> PublishRequest:
    """A request that has published an artifact."""
    request = PublishRequest(FLOCK, Registration("http://example.com/"), None, find, scope)
    assert request.claims(FLOCK, Artifact(type="T", payload={}, produced_by="external", correlation_id="w"))
    return request


def test_what_a_caller_may_read_is_found_once_in_the_context_of_the_request() -> None:
    found: list[tuple[str, Scope]] = []
    scope: Scope = {"type": "http"}

    def find(scope: Scope) -> MayRead:
        found.append((identity.get(), scope))
        return everything

    token = identity.set("alice")
    request = claimed(find, scope)
    identity.reset(token)
    assert found == []
    assert request.may_read(PublicVisibility())
    assert request.may_read(PublicVisibility())
    request.end()
    assert found == [("alice", scope)]


def test_what_a_caller_may_read_is_found_at_the_end_of_the_request_at_the_latest() -> None:
    found: list[str] = []

    def find(scope: Scope) -> MayRead:
        found.append("rule")
        return everything

    request = claimed(find, {})
    request.end()
    assert found == ["rule"]
    assert request.may_read(PublicVisibility())
    assert found == ["rule"]
