"""The outbound buffer: order, acknowledgement, re-sending, and drops when it is full."""

from __future__ import annotations

import random

import pytest
from flock_relay.buffer import LINE_OVERHEAD, Kind, Line, OutboundBuffer

ROOMY = 1 << 20


def artifact(workflow: str, number: int = 0) -> Line:
    return Line(workflow, b"%s artifact %d\n" % (workflow.encode(), number))


def registration(workflow: str) -> Line:
    return Line(workflow, b"%s registration\n" % workflow.encode(), Kind.REGISTRATION)


def filled(*lines: Line, limit: int = ROOMY) -> OutboundBuffer:
    buffer = OutboundBuffer(limit)
    for line in lines:
        assert buffer.add(line) == []
    buffer.start_connection(greetings=1)
    return buffer


def drained(buffer: OutboundBuffer) -> bytes:
    return b"".join(iter(lambda: buffer.take(64), b""))


def test_lines_leave_in_order_and_stay_until_acknowledged() -> None:
    buffer = filled(registration("a"), artifact("a", 1), artifact("a", 2))
    assert drained(buffer) == b"a registration\na artifact 1\na artifact 2\n"
    assert len(buffer) == 3
    buffer.acknowledge(3)
    assert len(buffer) == 1
    buffer.acknowledge(4)
    assert (len(buffer), buffer.size) == (0, 0)


def test_the_greeting_counts_as_a_line() -> None:
    buffer = filled(artifact("a", 1))
    drained(buffer)
    buffer.acknowledge(1)
    assert len(buffer) == 1


def test_a_new_connection_sends_exactly_the_unacknowledged() -> None:
    buffer = filled(*(artifact("a", number) for number in range(5)))
    drained(buffer)
    buffer.acknowledge(3)
    buffer.start_connection(greetings=1)
    assert drained(buffer) == b"a artifact 2\na artifact 3\na artifact 4\n"
    buffer.acknowledge(4)
    assert len(buffer) == 0


def test_take_honours_its_limit_but_always_takes_one() -> None:
    buffer = filled(artifact("a", 1), artifact("a", 2))
    assert buffer.take(1) == b"a artifact 1\n"
    assert buffer.take(1) == b"a artifact 2\n"
    assert buffer.take(1) == b""


def test_acknowledging_lines_that_were_never_sent_is_an_error() -> None:
    buffer = filled(artifact("a", 1), artifact("a", 2))
    buffer.take(1)
    with pytest.raises(ValueError, match="only 2 were sent"):
        buffer.acknowledge(3)


def test_stale_acknowledgements_change_nothing() -> None:
    buffer = filled(artifact("a", 1), artifact("a", 2))
    drained(buffer)
    buffer.acknowledge(3)
    buffer.acknowledge(2)
    buffer.acknowledge(0)
    assert len(buffer) == 0


def test_a_full_buffer_drops_the_oldest_artifacts_and_keeps_registrations() -> None:
    lines = [registration("a"), artifact("a", 1), registration("b"), artifact("b", 1)]
    buffer = filled(*lines, limit=sum(line.cost for line in lines))
    assert buffer.add(artifact("b", 2)) == [artifact("a", 1)]
    assert buffer.add(artifact("b", 3)) == [artifact("b", 1)]
    assert drained(buffer) == b"a registration\nb registration\nb artifact 2\nb artifact 3\n"


def test_when_only_registrations_are_left_a_new_artifact_is_dropped() -> None:
    lines = [registration("a"), registration("b")]
    buffer = filled(*lines, limit=sum(line.cost for line in lines))
    assert buffer.add(artifact("a", 1)) == [artifact("a", 1)]
    assert len(buffer) == 2


def test_when_only_registrations_are_left_the_oldest_is_dropped_for_a_new_one() -> None:
    lines = [registration("a"), registration("b")]
    buffer = filled(*lines, limit=sum(line.cost for line in lines))
    assert buffer.add(registration("c")) == [registration("a")]
    assert drained(buffer) == b"b registration\nc registration\n"


def completion(workflow: str) -> Line:
    return Line(workflow, b"%s completion\n" % workflow.encode(), Kind.COMPLETION)


def test_an_artifact_is_dropped_together_with_the_completion_of_its_workflow() -> None:
    lines = [artifact("a", 1), completion("b"), artifact("b", 1), completion("a"), artifact("c", 1)]
    buffer = filled(*lines, limit=sum(line.cost for line in lines))
    assert buffer.add(artifact("c", 2)) == [artifact("a", 1), completion("a")]
    assert drained(buffer) == b"b completion\nb artifact 1\nc artifact 1\nc artifact 2\n"
    huge = Line("b", b"x" * 10_000)
    assert buffer.add(huge) == [huge, completion("b")]


def test_dropped_lines_leave_nothing_behind_while_there_is_no_connection() -> None:
    buffer = filled(registration("a"), limit=4 * (LINE_OVERHEAD + 30))
    for number in range(10_000):
        buffer.add(artifact("a", number))
    assert len(buffer._unsent) + len(buffer._artifacts) < 200


def test_the_limit_counts_bytes_not_lines() -> None:
    buffer = OutboundBuffer(1 << 20)
    for _ in range(1000):
        buffer.add(Line("a", bytes(1_000_000)))
        assert buffer.size <= 1 << 20
    assert len(buffer) == 1


def test_a_line_larger_than_the_buffer_is_dropped_alone() -> None:
    buffer = filled(artifact("a", 1), limit=LINE_OVERHEAD + 100)
    huge = Line("a", b"x" * 101)
    assert buffer.add(huge) == [huge]
    assert len(buffer) == 1


def test_acknowledgements_count_lines_dropped_after_they_were_sent() -> None:
    lines = [artifact("a", number) for number in range(3)]
    buffer = filled(*lines, limit=sum(line.cost for line in lines))
    drained(buffer)
    assert buffer.add(artifact("a", 3)) == [artifact("a", 0)]
    buffer.acknowledge(3)
    buffer.start_connection(greetings=1)
    assert drained(buffer) == b"a artifact 2\na artifact 3\n"


def test_a_line_is_found_by_the_number_the_relay_gives_it() -> None:
    buffer = filled(registration("a"), artifact("a", 1), artifact("a", 2))
    drained(buffer)
    assert buffer.line(1) is None, "the greeting"
    assert buffer.line(2) == registration("a")
    assert buffer.line(4) == artifact("a", 2)
    assert buffer.line(5) is None
    buffer.acknowledge(2)
    assert buffer.line(2) is None
    assert buffer.line(3) == artifact("a", 1)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_buffer_needs_a_positive_limit(limit: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        OutboundBuffer(limit)


@pytest.mark.parametrize("seed", range(30))
def test_random_events_lose_and_reorder_nothing_and_keep_the_limit(seed: int) -> None:
    """With a relay that keeps what it acknowledged, and connections that break at random places."""
    chance = random.Random(seed)
    limit = 20 * (LINE_OVERHEAD + 30)
    buffer = OutboundBuffer(limit)
    added: list[bytes] = []
    dropped: set[bytes] = set()
    relay_kept: list[bytes] = []
    connection: list[bytes] = []  # Lines on the wire, after the greeting.
    acknowledged = 1
    buffer.start_connection(greetings=1)
    registered: set[str] = set()
    for step in range(600):
        match chance.choice(["add", "add", "take", "take", "acknowledge", "break"]):
            case "add":
                workflow = f"w{chance.randrange(8)}"
                line = artifact(workflow, step)
                if workflow not in registered:
                    registered.add(workflow)
                    line = Line(workflow, b"%s registration %d\n" % (workflow.encode(), step), Kind.REGISTRATION)
                added.append(line.data)
                for victim in buffer.add(line):
                    dropped.add(victim.data)
                    if victim.kind is Kind.REGISTRATION:
                        registered.discard(victim.workflow)
            case "take":
                connection += buffer.take(chance.randrange(1, 200)).splitlines(keepends=True)
            case "acknowledge" if len(connection) >= acknowledged:
                count = chance.randrange(acknowledged, len(connection) + 1)
                relay_kept += connection[acknowledged - 1 : count]
                acknowledged = count + 1
                buffer.acknowledge(acknowledged)
            case "break":
                connection, acknowledged = [], 1
                buffer.start_connection(greetings=1)
        assert buffer.size <= limit
    buffer.start_connection(greetings=1)
    rest = drained(buffer).splitlines(keepends=True)
    arrived = relay_kept + rest
    assert [line for line in added if line in set(arrived)] == arrived, "lines arrive in order, none twice"
    assert set(added) - set(arrived) <= dropped, "only lines reported as dropped are missing"
