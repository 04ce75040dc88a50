"""The thread that owns the socket, tested with a scripted relay."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flock_relay.buffer import Line
from flock_relay.lines import HELLO
from flock_relay.outbound import MAX_DELAY, MAX_ARRIVALS, SILENCE, Outbound, reconnect_delay

DEADLINE = 20.0
"""Seconds to wait for an expected event."""


class ScriptedRelay:
    """A listening socket that the test controls step by step."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(8)
        self._listener.settimeout(DEADLINE)

    def accept(self) -> ScriptedConnection:
        connection, _ = self._listener.accept()
        connection.settimeout(DEADLINE)
        return ScriptedConnection(connection)

    def close(self) -> None:
        self._listener.close()
        self.path.unlink()


class ScriptedConnection:
    """One connection from the bridge."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")

    def read(self, count: int) -> list[bytes]:
        return [self._reader.readline() for _ in range(count)]

    def say(self, **reply: object) -> None:
        self._connection.sendall(json.dumps(reply).encode() + b"\n")

    def close(self) -> None:
        self._reader.close()
        self._connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.sock"


@pytest.fixture
def relay(path: Path) -> Iterator[ScriptedRelay]:
    scripted = ScriptedRelay(path)
    yield scripted
    scripted.close()


def connecting_to(path: Path):
    def connect() -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.connect(str(path))
        return connection

    return connect


@pytest.fixture
def outbound(path: Path) -> Iterator[Outbound]:
    made = Outbound(connecting_to(path), limit=1 << 20, logger=logging.getLogger("test"), dropped=lambda line: None)
    yield made
    made.close()


def put(outbound: Outbound, *lines: Line) -> None:
    """Put the lines as one arrival."""
    outbound.put(lambda: list(lines))


def line(number: int) -> Line:
    return Line("w", b"line %d\n" % number)


def eventually(condition) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_hello_is_sent_first_and_lines_follow_in_order(outbound: Outbound, relay: ScriptedRelay) -> None:
    for number in range(5):
        put(outbound, line(number))
    connection = relay.accept()
    assert connection.read(6) == [HELLO, *(line(number).data for number in range(5))]
    assert outbound.counts()["pending"] == 5
    connection.say(ack=6)
    assert outbound.flush(DEADLINE) == 0
    put(outbound, line(5))
    assert connection.read(1) == [line(5).data], "a new line wakes an idle connection"
    connection.close()


def test_unacknowledged_lines_are_sent_again(outbound: Outbound, relay: ScriptedRelay) -> None:
    put(outbound, *[line(number) for number in range(4)])
    first = relay.accept()
    first.read(5)
    first.say(ack=3)
    eventually(lambda: outbound.counts()["pending"] == 2)
    first.close()
    second = relay.accept()
    assert second.read(3) == [HELLO, line(2).data, line(3).data]
    second.say(ack=3)
    assert outbound.flush(DEADLINE) == 0
    second.close()


def test_lines_wait_for_a_relay_that_starts_later(outbound: Outbound, path: Path) -> None:
    put(outbound, line(0))
    assert outbound.flush(0.01) == 1
    relay = ScriptedRelay(path)
    connection = relay.accept()
    assert connection.read(2) == [HELLO, line(0).data]
    connection.close()
    relay.close()


def test_a_relay_that_never_reads_does_not_block_publishers(path: Path, relay: ScriptedRelay) -> None:
    """More lines than its socket and the buffer hold: the oldest are dropped and counted."""
    outbound = Outbound(connecting_to(path), limit=1 << 20, logger=logging.getLogger("test"), dropped=lambda line: None)
    registration = Line("w", b"registration\n", is_registration=True)
    put(outbound, registration)
    big = Line("w", b"x" * 100_000 + b"\n")
    begun = time.monotonic()
    for _ in range(100):
        put(outbound, big)
    assert time.monotonic() - begun < DEADLINE / 4
    counts = outbound.counts()
    assert counts["accepted"] == 101
    assert counts["dropped_artifacts"] + counts["pending"] == 101
    assert counts["dropped_artifacts"] > 80
    assert counts["dropped_registrations"] == 0
    connection = relay.accept()
    assert connection.read(2) == [HELLO, registration.data]
    connection.close()
    outbound.close()


def test_rejections_are_logged_and_counted(
    outbound: Outbound, relay: ScriptedRelay, caplog: pytest.LogCaptureFixture
) -> None:
    put(outbound, Line("flow", b'{"webhook_url":"http://private/?token=1"}\n', is_registration=True))
    connection = relay.accept()
    connection.read(2)
    connection.say(rejected=2, code="address_not_allowed", message="not public")
    connection.say(ack=2)
    assert outbound.flush(DEADLINE) == 0
    assert outbound.counts()["rejected_address_not_allowed"] == 1
    [record] = [record for record in caplog.records if "rejected" in record.getMessage()]
    message = record.getMessage()
    assert "the webhook of workflow flow" in message
    assert "address_not_allowed: not public" in message
    assert "token" not in message
    connection.close()


@pytest.mark.parametrize("nonsense", [{"ack": 99}, {"ack": 3}])
def test_a_peer_with_an_invalid_reply_is_disconnected_and_tried_again(
    outbound: Outbound, relay: ScriptedRelay, nonsense: dict
) -> None:
    put(outbound, line(0))
    first = relay.accept()
    first.read(2)
    first.say(**nonsense)
    assert first.read(1) == [b""], "the bridge closes the connection"
    second = relay.accept()
    assert second.read(2) == [HELLO, line(0).data]
    second.close()
    first.close()


def test_flush_returns_after_its_timeout(outbound: Outbound) -> None:
    put(outbound, line(0))
    begun = time.monotonic()
    assert outbound.flush(0.05) == 1
    assert 0.05 <= time.monotonic() - begun < DEADLINE / 2


def test_flush_of_an_empty_buffer_returns_at_once(outbound: Outbound) -> None:
    assert outbound.flush(DEADLINE) == 0


def test_the_caller_schedules_the_wake_of_a_sleeping_thread(outbound: Outbound, relay: ScriptedRelay) -> None:
    put(outbound, line(0))
    connection = relay.accept()
    connection.read(2)
    eventually(lambda: outbound._sleeps)
    calls: list[Callable[[], None]] = []
    outbound.put(lambda: [line(1)], calls.append)
    outbound.put(lambda: [line(2)], calls.append)
    assert len(calls) == 1, "one wake is enough"
    calls[0]()
    assert connection.read(2) == [line(1).data, line(2).data]
    connection.close()


def test_arrivals_do_not_wake_the_thread_while_acknowledgements_are_missing(
    outbound: Outbound, relay: ScriptedRelay
) -> None:
    put(outbound, line(0))
    connection = relay.accept()
    connection.read(2)
    time.sleep(SILENCE)
    put(outbound, line(1))
    assert connection.read(1) == [line(1).data]
    eventually(lambda: not outbound._sleeps)
    calls: list[Callable[[], None]] = []
    outbound.put(lambda: [line(2)], calls.append)
    assert connection.read(1) == [line(2).data], "the thread sends without a wake"
    assert calls == []
    connection.say(ack=4)
    eventually(lambda: outbound._sleeps)
    outbound.put(lambda: [line(3)], calls.append)
    assert len(calls) == 1, "no delay once the relay acknowledges"
    connection.close()


def test_flushing_needs_no_event_loop_to_wake_the_thread(outbound: Outbound, relay: ScriptedRelay) -> None:
    outbound.put(lambda: [line(0)], lambda call: None)
    assert outbound.counts()["pending"] == 1, "counting drains arrivals without a wake"
    outbound.flush(0.01)
    connection = relay.accept()
    assert connection.read(2) == [HELLO, line(0).data]
    connection.close()


def test_arrivals_are_drained_while_nothing_can_be_sent(path: Path) -> None:
    """Without a relay, or with one that does not read, arrivals must still count against the limit soon."""
    for hung in (False, True):
        relay = ScriptedRelay(path) if hung else None
        outbound = Outbound(connecting_to(path), limit=1 << 20, logger=logging.getLogger("test"), dropped=print)
        put(outbound, Line("w", b"x" * 900_000 + b"\n"))
        for number in range(3):
            put(outbound, line(number))
            eventually(lambda outbound=outbound: not outbound._arrivals)
        outbound.close()
        if relay is not None:
            relay.close()


def test_a_caller_with_too_many_arrivals_drains_them_itself(outbound: Outbound) -> None:
    for number in range(MAX_ARRIVALS + 2):
        outbound.put(lambda number=number: [line(number)], lambda call: None)
    assert len(outbound._arrivals) == 1
    assert outbound.counts()["accepted"] == MAX_ARRIVALS + 2


def test_an_arrival_that_fails_to_make_lines_is_counted_and_skipped(outbound: Outbound, relay: ScriptedRelay) -> None:
    def fail() -> list[Line]:
        raise TypeError("no line")

    put(outbound, line(0))
    outbound.put(fail)
    put(outbound, line(1))
    connection = relay.accept()
    assert connection.read(3) == [HELLO, line(0).data, line(1).data]
    assert outbound.counts()["unwritable"] == 1
    connection.close()


def test_the_dropped_callback_gets_every_dropped_line(path: Path) -> None:
    dropped: list[Line] = []
    outbound = Outbound(
        connecting_to(path), limit=1000, logger=logging.getLogger("test"), dropped=dropped.append
    )
    registration = Line("w", b"r" * 500 + b"\n", is_registration=True)
    put(outbound, registration, Line("w", b"a" * 500 + b"\n"))
    outbound.counts()
    assert [line.is_registration for line in dropped] == [False]
    put(outbound, Line("v", b"s" * 500 + b"\n", is_registration=True))
    outbound.counts()
    assert dropped[1] is registration
    outbound.close()


def test_a_line_that_cannot_be_written_is_sent_as_an_empty_line(
    outbound: Outbound, relay: ScriptedRelay
) -> None:
    def fail() -> bytes:
        raise TypeError("no text")

    put(outbound, line(0), Line("w", fail, False, 10), line(1))
    connection = relay.accept()
    assert connection.read(4) == [HELLO, line(0).data, b"\n", line(1).data]
    connection.say(ack=4)
    assert outbound.flush(DEADLINE) == 0
    assert outbound.counts()["unwritable"] == 1
    connection.close()


def test_close_ends_the_thread_and_putting_starts_another(outbound: Outbound, relay: ScriptedRelay) -> None:
    put(outbound, line(0))
    first = relay.accept()
    first.read(2)
    outbound.close()
    assert first.read(1) == [b""]
    assert not [thread for thread in threading.enumerate() if thread.name == "flock-relay"]
    put(outbound, line(1))
    second = relay.accept()
    assert second.read(3) == [HELLO, line(0).data, line(1).data]
    for connection in (first, second):
        connection.close()


def test_a_forked_child_delivers_its_own_lines_and_not_its_parents(
    outbound: Outbound, relay: ScriptedRelay
) -> None:
    put(outbound, line(0))
    parents = relay.accept()
    parents.read(2)
    child = os.fork()
    if child == 0:
        put(outbound, Line("w", b"from the child\n"))
        os._exit(0 if outbound.flush(DEADLINE) == 0 else 1)
    try:
        childs = relay.accept()
        assert childs.read(2) == [HELLO, b"from the child\n"]
        childs.say(ack=2)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        status = os.waitpid(child, 0)[1]
    assert status == 0
    put(outbound, line(1))
    assert parents.read(1) == [line(1).data], "the parent keeps its connection"
    for connection in (parents, childs):
        connection.close()


def test_reconnect_delays_double_up_to_the_maximum() -> None:
    delays = [reconnect_delay(failures) for failures in range(1, 8)]
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert reconnect_delay(10_000) == MAX_DELAY
