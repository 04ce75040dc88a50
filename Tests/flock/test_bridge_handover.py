"""Work that a request books: when it is done, and in which order."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest
from flock import Flock
from flock.core.artifacts import Artifact
from flock_relay import FlockRelay
from flock_relay.handover import Handover


@pytest.fixture
def handover() -> Handover:
    return Handover()


def test_booked_work_is_done_when_the_loop_comes_to_it(handover: Handover) -> None:
    done: list[int] = []

    async def book() -> None:
        for number in range(3):
            handover.book(lambda number=number: done.append(number))
        assert done == [], "nobody waits for it"
        await asyncio.sleep(0)
        assert done == [0, 1, 2]

    asyncio.run(book())


def test_work_of_a_loop_that_ends_at_once_is_done(handover: Handover) -> None:
    done: list[int] = []

    async def book() -> None:
        handover.book(lambda: done.append(1))

    asyncio.run(book())
    assert done == [1]


def test_work_can_be_finished_without_the_loop(handover: Handover) -> None:
    done: list[int] = []

    async def book() -> None:
        handover.book(lambda: done.append(1))
        handover.finish()
        assert done == [1]

    asyncio.run(book())
    assert done == [1], "once"


def test_two_threads_keep_the_order(handover: Handover) -> None:
    """One thread is held in the first piece of work while another is to finish the rest."""
    done: list[int] = []
    began, goes_on = threading.Event(), threading.Event()

    def first() -> None:
        began.set()
        goes_on.wait(20)
        done.append(1)

    async def book() -> None:
        handover.book(first)
        handover.book(lambda: done.append(2))
        other = threading.Thread(target=handover.finish)
        other.start()
        began.wait(20)
        threading.Timer(0.05, goes_on.set).start()
        handover.finish()
        assert done == [1, 2]
        other.join()

    asyncio.run(book())


def test_a_forked_child_has_nothing_to_do(handover: Handover) -> None:
    async def book() -> None:
        handover.book(lambda: None)
        child = os.fork()
        if child == 0:
            os._exit(len(handover._booked))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(handover._booked) == 1

    asyncio.run(book())


def test_flushing_includes_what_was_published_a_moment_ago(tmp_path) -> None:
    bridge = FlockRelay(tmp_path / "absent.sock", all_artifacts=True)
    bridge.attach(Flock(no_output=True))

    async def publish() -> None:
        bridge._observe(Artifact(type="Order", payload={}, produced_by="alpha", correlation_id="w"))
        assert bridge.flush(0) == 1

    asyncio.run(publish())
    bridge.close()
