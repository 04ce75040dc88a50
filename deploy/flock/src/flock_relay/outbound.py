"""The one thread that owns the socket, and the buffer it empties."""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable

from flock_relay.buffer import Line, OutboundBuffer
from flock_relay.lines import HELLO
from flock_relay.quiet_log import QuietLog
from flock_relay.replies import Acknowledged, ProtocolError, Rejected, ReplyReader

CHUNK = 64 * 1024
"""Bytes taken from the buffer at once. They are written on this thread, which has the
interpreter to itself meanwhile: less than a millisecond for as many small lines."""

PACE = 0.002
"""Seconds between two chunks. Waking this thread takes the interpreter from the event
loop; under load one waking then carries many lines. The first line never waits."""

TURN = 0.1
"""Seconds, at most, after which the thread takes arrivals over while it cannot send."""

SILENCE = 0.5
"""Seconds without an acknowledgement after which a relay that owes some counts as hung:
nobody wakes the thread for it any more."""

MOST_ARRIVALS = 1000
"""Arrivals that wait for the thread; beyond it, whoever brings one more takes them over."""

FIRST_DELAY, LONGEST_DELAY = 0.1, 2.0
"""Seconds before the first and at most before any later attempt to connect again."""


def reconnect_delay(failures: int) -> float:
    """Seconds to wait after ``failures`` attempts in a row: 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, …"""
    return min(LONGEST_DELAY, FIRST_DELAY * 2 ** (min(failures, 10) - 1))


type Arrival = Callable[[], list[Line]]
"""Makes the lines of something that happened, once they are wanted."""


class Outbound:
    """Takes lines at once and delivers them when it can.

    ``put`` only appends; everything that may wait, and nearly everything that takes
    time, happens on a daemon thread, started with the first line: many arrivals in one
    go cost it little, each of them by itself would cost its publisher several times
    that. A line is kept until the relay acknowledges it, and sent again on each new
    connection until then: the relay drops what it already has.
    A forked child starts empty: the lines are the parent's to deliver.
    """

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        *,
        limit: int,
        logger: logging.Logger,
        dropped: Callable[[Line], None],
    ) -> None:
        """``connect`` returns a connected non-blocking socket or raises ``OSError``.

        ``limit``: bytes kept at most. ``dropped`` hears of every line that was dropped
        for lack of room, on any thread.
        """
        self._connect = connect
        self._limit = limit
        self._log = QuietLog(logger)
        self._dropped = dropped
        self._counts = {"accepted": 0, "dropped_artifacts": 0, "dropped_registrations": 0, "unwritable": 0}
        self._rejected: dict[str, int] = {}
        self._start_afresh()
        reference = weakref.WeakMethod(self._abandon_parents)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())

    def _start_afresh(self) -> None:
        # Two threads meet here. The lock guards the buffer, the counts and _thread, and
        # who takes arrivals over holds it, so that they keep their order. _connection,
        # _failures and _heard_at belong to the thread.
        self._arrivals: deque[Arrival] = deque()
        self._lock = threading.Lock()
        self._acknowledged = threading.Condition(self._lock)
        self._buffer = OutboundBuffer(self._limit)
        self._thread: threading.Thread | None = None
        self._sleeps = True
        self._closed = threading.Event()
        self._connection: socket.socket | None = None
        self._failures = 0
        self._heard_at = 0.0
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)

    def _abandon_parents(self) -> None:
        """In a forked child: let go of the parent's descriptors and lines."""
        for inherited in (self._connection, self._wake_reader, self._wake_writer):
            if inherited is not None:
                inherited.close()
        self._start_afresh()

    # Called from the event loop.

    def put(self, arrival: Arrival, soon: Callable[[Callable[[], None]], object] | None = None) -> None:
        """Deliver the lines that ``arrival`` makes. Never waits.

        ``soon`` calls a function in a moment: waking the thread, where it sleeps, is
        left to it. A thread that wakes takes the interpreter as soon as it can, and
        that should not be in the middle of a request.
        """
        self._arrivals.append(arrival)
        if self._sleeps:
            self._sleeps = False
            soon(self._rouse) if soon is not None else self._rouse()
        elif len(self._arrivals) > MOST_ARRIVALS:
            with self._lock:
                self._take_over()

    def _rouse(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, args=(self._closed,), name="flock-relay", daemon=True
                )
                self._thread.start()
        self._wake()

    def flush(self, timeout: float) -> int:
        """Wait until every line is acknowledged, at most ``timeout`` seconds; return how many are not."""
        deadline = time.monotonic() + timeout
        with self._lock:
            self._take_over()
            is_pending = len(self._buffer) > 0
        if is_pending:
            self._rouse()  # The event loop that was to do it may have ended.
        with self._acknowledged:
            while len(self._buffer) and (remaining := deadline - time.monotonic()) > 0:
                self._acknowledged.wait(remaining)
            return len(self._buffer)

    def close(self) -> None:
        """End the thread and the connection; lines put later start a new thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            closed, self._closed = self._closed, threading.Event()
        closed.set()
        if thread is not None:
            self._wake()
            thread.join()
        self._sleeps = True

    def counts(self) -> dict[str, int]:
        """Lines so far: accepted, pending, dropped by kind, unwritable, rejected by the relay's code."""
        with self._lock:
            self._take_over()
            rejected = {f"rejected_{code}": count for code, count in self._rejected.items()}
            return {**self._counts, "pending": len(self._buffer), **rejected}

    def _take_over(self) -> None:
        """Move what has arrived into the buffer. The caller holds the lock."""
        dropped: list[Line] = []
        while self._arrivals:
            arrival = self._arrivals.popleft()
            try:
                lines = arrival()
            except Exception as error:
                self._report_unwritable(error)
                continue
            for line in lines:
                dropped += self._buffer.add(line)
            self._counts["accepted"] += len(lines)
        if dropped:
            self._report_dropped(dropped)

    def _report_dropped(self, dropped: list[Line]) -> None:
        for line in dropped:
            kind = "dropped_registrations" if line.is_registration else "dropped_artifacts"
            self._counts[kind] += 1
            self._dropped(line)
        self._log.warning(
            "full",
            "The buffer for the relay is full: %d artifacts and %d registrations dropped so far. "
            "Is flock-relay running and keeping up?",
            self._counts["dropped_artifacts"],
            self._counts["dropped_registrations"],
        )

    def _report_unwritable(self, error: Exception) -> None:
        self._counts["unwritable"] += 1
        self._log.warning(
            "unwritable", "A line cannot be written for flock-relay: %s", type(error).__name__
        )

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"\0")
        except BlockingIOError:
            pass  # Full of wakes already.

    # On the thread.

    def _run(self, closed: threading.Event) -> None:
        while self._wait_for_lines(closed):
            try:
                self._connection = self._connect()
                try:
                    self._converse(self._connection, closed)
                finally:
                    self._connection.close()
                    self._connection = None
            except Exception as error:  # Whatever it was: the next connection starts clean.
                self._log.warning("connection", "Events for flock-relay wait in memory: %s", error)
            self._failures += 1
            self._wait(reconnect_delay(self._failures), closed)

    def _wait(self, seconds: float, closed: threading.Event) -> None:
        """Wait so long, or until closed; meanwhile no arrival lies about for longer than a turn."""
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0 and not closed.wait(min(remaining, TURN)):
            with self._lock:
                self._take_over()

    def _wait_for_lines(self, closed: threading.Event) -> bool:
        """Sleep, without a connection, until there is something to send; False when closed."""
        while not closed.is_set():
            with self._lock:
                self._take_over()
                if len(self._buffer):
                    return True
                self._fall_asleep()
            select.select([self._wake_reader], [], [])
            self._drain_wakes()
        return False

    def _fall_asleep(self) -> None:
        """From now on an arrival wakes this thread; one that came just before it does so at once."""
        self._sleeps = True
        if self._arrivals:
            self._sleeps = False
            self._wake()

    def _converse(self, connection: socket.socket, closed: threading.Event) -> None:
        """Send and hear until closed. Raises ``OSError`` or ``ProtocolError`` when it ends otherwise."""
        replies = ReplyReader()
        reader, writer = select.poll(), select.poll()
        reader.register(connection, select.POLLIN)
        reader.register(self._wake_reader, select.POLLIN)
        writer.register(connection, select.POLLIN | select.POLLOUT)
        with self._lock:
            self._buffer.start_connection(greetings=1)
        self._heard_at = time.monotonic()
        outgoing = memoryview(HELLO)
        while not closed.is_set():
            outgoing = outgoing or self._next_chunk()
            if not outgoing:
                reader.poll(None if self._sleeps else TURN * 1000)
                self._drain_wakes()
            elif outgoing := _send_some(connection, outgoing):
                writer.poll(TURN * 1000)
                with self._lock:
                    self._take_over()
            else:
                closed.wait(PACE)
            for reply in replies.feed(_receive_some(connection)):
                self._hear(reply)

    def _next_chunk(self) -> memoryview:
        with self._lock:
            self._take_over()
            lines = self._buffer.take_lines(CHUNK)
            now = time.monotonic()
            if len(self._buffer) == len(lines):
                self._heard_at = now  # Until now the relay owed nothing.
            if not lines and now - self._heard_at <= SILENCE:
                self._fall_asleep()
        return memoryview(b"".join([self._written(line) for line in lines]))

    def _written(self, line: Line) -> bytes:
        try:
            return line.data
        except Exception as error:
            # A field of another type than Flock declares. The relay counts the line
            # and skips it; without one, its numbers and ours would differ from here on.
            with self._lock:
                self._report_unwritable(error)
            return b"\n"

    def _hear(self, reply: Acknowledged | Rejected) -> None:
        if isinstance(reply, Acknowledged):
            self._failures = 0
            self._heard_at = time.monotonic()
            with self._acknowledged:
                try:
                    self._buffer.acknowledge(reply.count)
                except ValueError as error:
                    raise ProtocolError(str(error)) from None
                if not len(self._buffer):
                    self._acknowledged.notify_all()
            return
        with self._lock:
            self._rejected[reply.code] = self._rejected.get(reply.code, 0) + 1
            line = self._buffer.line(reply.number)
        self._log.warning(
            f"rejected {reply.code}",
            "flock-relay refused %s of workflow %s: %s: %s",
            "the webhook" if line is not None and line.is_registration else "an artifact",
            "unknown" if line is None else line.workflow,
            reply.code,
            reply.message,
        )

    def _drain_wakes(self) -> None:
        try:
            self._wake_reader.recv(4096)
        except BlockingIOError:
            pass


def _send_some(connection: socket.socket, outgoing: memoryview) -> memoryview:
    """Send what the peer takes now; return the rest."""
    try:
        return outgoing[connection.send(outgoing) :]
    except BlockingIOError:
        return outgoing


def _receive_some(connection: socket.socket) -> bytes:
    """What has arrived, b"" if nothing. Raises ``ConnectionResetError`` at the end of the stream."""
    try:
        data = connection.recv(64 * 1024)
    except BlockingIOError:
        return b""
    if not data:
        raise ConnectionResetError("the relay closed the connection")
    return data
