"""The thread that owns the socket, tested with a scripted relay."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flock_relay.buffer import Kind, Line
from flock_relay.connection import MAX_DELAY, RelayConnection, reconnect_delay
from flock_relay.lines import HELLO

from scripted_relay import DEADLINE, ScriptedRelay


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
def bridge(path: Path) -> Iterator[RelayConnection]:
    made = RelayConnection(connecting_to(path), limit=1 << 20, logger=logging.getLogger("test"), dropped=lambda line: None)
    yield made
    made.close()


def line(number: int) -> Line:
    return Line("w", b"line %d\n" % number)


def eventually(condition) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_hello_is_sent_first_and_lines_follow_in_order(bridge: RelayConnection, relay: ScriptedRelay) -> None:
    for number in range(5):
        bridge.put(line(number))
    connection = relay.accept()
    assert connection.read(6) == [HELLO, *(line(number).data for number in range(5))]
    assert bridge.counts()["pending"] == 5
    connection.say(ack=6)
    assert bridge.flush(DEADLINE) == 0
    bridge.put(line(5))
    assert connection.read(1) == [line(5).data], "a new line wakes an idle connection"
    connection.close()


def test_unacknowledged_lines_are_sent_again(bridge: RelayConnection, relay: ScriptedRelay) -> None:
    for number in range(4):
        bridge.put(line(number))
    first = relay.accept()
    first.read(5)
    first.say(ack=3)
    eventually(lambda: bridge.counts()["pending"] == 2)
    first.close()
    second = relay.accept()
    assert second.read(3) == [HELLO, line(2).data, line(3).data]
    second.say(ack=3)
    assert bridge.flush(DEADLINE) == 0
    second.close()


def test_lines_wait_for_a_relay_that_starts_later(bridge: RelayConnection, path: Path) -> None:
    bridge.put(line(0))
    assert bridge.flush(0.01) == 1
    relay = ScriptedRelay(path)
    connection = relay.accept()
    assert connection.read(2) == [HELLO, line(0).data]
    connection.close()
    relay.close()


def test_a_relay_that_never_reads_does_not_block_publishers(path: Path, relay: ScriptedRelay) -> None:
    """More lines than its socket and the buffer hold: the oldest are dropped and counted."""
    bridge = RelayConnection(connecting_to(path), limit=1 << 20, logger=logging.getLogger("test"), dropped=lambda line: None)
    registration = Line("w", b"registration\n", Kind.REGISTRATION)
    bridge.put(registration)
    big = Line("w", b"x" * 100_000 + b"\n")
    begun = time.monotonic()
    for _ in range(100):
        bridge.put(big)
    assert time.monotonic() - begun < DEADLINE / 4
    counts = bridge.counts()
    assert counts["accepted"] == 101
    assert counts["dropped_artifacts"] + counts["pending"] == 101
    assert counts["dropped_artifacts"] > 80
    assert counts["dropped_registrations"] == 0
    connection = relay.accept()
    assert connection.read(2) == [HELLO, registration.data]
    connection.close()
    bridge.close()


def test_rejections_are_logged_and_counted(
    bridge: RelayConnection, relay: ScriptedRelay, caplog: pytest.LogCaptureFixture
) -> None:
    bridge.put(Line("flow", b'{"webhook_url":"http://private/?token=1"}\n', Kind.REGISTRATION))
    connection = relay.accept()
    connection.read(2)
    connection.say(rejected=2, code="address_not_allowed", message="not public")
    connection.say(ack=2)
    assert bridge.flush(DEADLINE) == 0
    assert bridge.counts()["rejected_address_not_allowed"] == 1
    [record] = [record for record in caplog.records if "rejected" in record.getMessage()]
    message = record.getMessage()
    assert "the registration of workflow flow" in message
    assert "address_not_allowed: not public" in message
    assert "token" not in message
    connection.close()


@pytest.mark.parametrize("nonsense", [{"ack": 99}, {"ack": 3}])
def test_a_peer_with_an_invalid_reply_is_disconnected_and_tried_again(
    bridge: RelayConnection, relay: ScriptedRelay, nonsense: dict
) -> None:
    bridge.put(line(0))
    first = relay.accept()
    first.read(2)
    first.say(**nonsense)
    assert first.read(1) == [b""], "the bridge closes the connection"
    second = relay.accept()
    assert second.read(2) == [HELLO, line(0).data]
    second.close()
    first.close()


def test_flush_returns_after_its_timeout(bridge: RelayConnection) -> None:
    bridge.put(line(0))
    begun = time.monotonic()
    assert bridge.flush(0.05) == 1
    assert 0.05 <= time.monotonic() - begun < DEADLINE / 2


def test_flush_of_an_empty_buffer_returns_at_once(bridge: RelayConnection) -> None:
    assert bridge.flush(DEADLINE) == 0


def test_the_dropped_callback_gets_every_dropped_line(path: Path) -> None:
    dropped: list[Line] = []
    bridge = RelayConnection(
        connecting_to(path), limit=1000, logger=logging.getLogger("test"), dropped=dropped.append
    )
    registration = Line("w", b"r" * 500 + b"\n", Kind.REGISTRATION)
    bridge.put(registration)
    bridge.put(Line("w", b"a" * 500 + b"\n"))
    assert [line.kind for line in dropped] == [Kind.ARTIFACT]
    bridge.put(Line("v", b"s" * 500 + b"\n", Kind.REGISTRATION))
    assert dropped[1] is registration
    bridge.close()


def test_close_ends_the_thread_and_putting_starts_another(bridge: RelayConnection, relay: ScriptedRelay) -> None:
    bridge.put(line(0))
    first = relay.accept()
    first.read(2)
    bridge.close()
    assert first.read(1) == [b""]
    assert not [thread for thread in threading.enumerate() if thread.name == "flock-relay"]
    bridge.put(line(1))
    second = relay.accept()
    assert second.read(3) == [HELLO, line(0).data, line(1).data]
    for connection in (first, second):
        connection.close()


def test_close_leaves_no_descriptor_open(bridge: RelayConnection, relay: ScriptedRelay) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = descriptors()
    for number in range(10):
        bridge.put(line(number))
        relay.accept().close()
        bridge.close()
    assert descriptors() <= before


def test_an_unforeseen_error_does_not_end_the_thread(path: Path, relay: ScriptedRelay) -> None:
    errors = [MemoryError(), ValueError("filedescriptor out of range in select()")]

    def connect() -> socket.socket:
        if errors:
            raise errors.pop()
        return connecting_to(path)()

    bridge = RelayConnection(connect, limit=1 << 20, logger=logging.getLogger("test"), dropped=lambda line: None)
    bridge.put(line(0))
    connection = relay.accept()
    assert connection.read(2) == [HELLO, line(0).data]
    connection.close()
    bridge.close()


def test_a_forked_child_delivers_its_own_lines_and_not_its_parents(
    bridge: RelayConnection, relay: ScriptedRelay
) -> None:
    bridge.put(line(0))
    parents = relay.accept()
    parents.read(2)
    child = os.fork()
    if child == 0:
        bridge.put(Line("w", b"from the child\n"))
        os._exit(0 if bridge.flush(DEADLINE) == 0 else 1)
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
    bridge.put(line(1))
    assert parents.read(1) == [line(1).data], "the parent keeps its connection"
    for connection in (parents, childs):
        connection.close()


def test_reconnect_delays_double_up_to_the_maximum() -> None:
    delays = [reconnect_delay(failures) for failures in range(1, 8)]
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert reconnect_delay(10_000) == MAX_DELAY
