"""The thread that owns the socket, and the buffer that it sends from."""

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
"""Bytes taken from the buffer at once. Serialising them blocks the interpreter for less
than a millisecond."""

PACE = 0.002
"""Seconds between two chunks. Each wake of this thread interrupts the event loop; under
load one wake then sends many lines. The first line never waits."""

DRAIN_INTERVAL = 0.1
"""Maximum seconds between two drains of the arrivals while the thread cannot send."""

SILENCE = 0.5
"""Seconds without an expected acknowledgement after which the relay counts as hung:
new arrivals then no longer wake the thread."""

MAX_ARRIVALS = 1000
"""Maximum of arrivals that wait for the thread; the caller of ``put`` drains them beyond it."""

FIRST_DELAY, MAX_DELAY = 0.1, 2.0
"""Seconds before the first attempt to reconnect, and the maximum before later ones."""


def reconnect_delay(failures: int) -> float:
    """Seconds to wait after ``failures`` consecutive failures: 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, …"""
    return min(MAX_DELAY, FIRST_DELAY * 2 ** (min(failures, 10) - 1))


type Arrival = Callable[[], list[Line]]
"""Makes the lines of an event when the thread needs them."""


class Outbound:
    """Accepts lines without waiting, and delivers them when the relay is available.

    ``put`` only appends. Everything that may wait or takes time happens on a daemon
    thread, which starts with the first line and processes many arrivals at once, at a
    fraction of the cost for each. A line is kept until the relay acknowledges it, and
    sent again on each new connection until then; the relay drops duplicates.
    A forked child starts with an empty buffer, because the parent delivers its lines.
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

        ``limit``: maximum bytes of the buffer. ``dropped`` is called for every line that is
        dropped because the buffer is full, on any thread.
        """
        self._connect = connect
        self._limit = limit
        self._log = QuietLog(logger)
        self._dropped = dropped
        self._counts = {"accepted": 0, "dropped_artifacts": 0, "dropped_registrations": 0, "unwritable": 0}
        self._rejected: dict[str, int] = {}
        self._reset()
        reference = weakref.WeakMethod(self._reset_after_fork)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())

    def _reset(self) -> None:
        # The lock guards the buffer, the counts and _thread. Draining arrivals requires it,
        # so that they keep their order. Only the thread uses _connection, _failures and
        # _answered_at.
        self._arrivals: deque[Arrival] = deque()
        self._lock = threading.Lock()
        self._acknowledged = threading.Condition(self._lock)
        self._buffer = OutboundBuffer(self._limit)
        self._thread: threading.Thread | None = None
        self._sleeps = True
        self._closed = threading.Event()
        self._connection: socket.socket | None = None
        self._failures = 0
        self._answered_at = 0.0
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)

    def _reset_after_fork(self) -> None:
        """In a forked child: close the parent's descriptors and drop its lines."""
        for inherited in (self._connection, self._wake_reader, self._wake_writer):
            if inherited is not None:
                inherited.close()
        self._reset()

    # Called from the event loop.

    def put(self, arrival: Arrival, soon: Callable[[Callable[[], None]], object] | None = None) -> None:
        """Deliver the lines that ``arrival`` makes. Never waits.

        ``soon`` schedules a function, here the wake of a sleeping thread. A waking thread
        takes the interpreter as soon as it can, which should not be within a request.
        """
        self._arrivals.append(arrival)
        if self._sleeps:
            self._sleeps = False
            soon(self._start_and_wake) if soon is not None else self._start_and_wake()
        elif len(self._arrivals) > MAX_ARRIVALS:
            with self._lock:
                self._drain_arrivals()

    def _start_and_wake(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, args=(self._closed,), name="flock-relay", daemon=True
                )
                self._thread.start()
        self._wake()

    def flush(self, timeout: float) -> int:
        """Wait at most ``timeout`` seconds until every line is acknowledged; return how many are not."""
        deadline = time.monotonic() + timeout
        with self._lock:
            self._drain_arrivals()
            is_pending = len(self._buffer) > 0
        if is_pending:
            self._start_and_wake()  # The event loop that should wake the thread may have ended.
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
        """Lines so far: accepted, pending, dropped by kind, unwritable, rejected by code."""
        with self._lock:
            self._drain_arrivals()
            rejected = {f"rejected_{code}": count for code, count in self._rejected.items()}
            return {**self._counts, "pending": len(self._buffer), **rejected}

    def _drain_arrivals(self) -> None:
        """Move arrivals into the buffer. The caller must hold the lock."""
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
            pass  # Wakes are pending already.

    # On the thread.

    def _run(self, closed: threading.Event) -> None:
        while self._wait_for_lines(closed):
            try:
                self._connection = self._connect()
                try:
                    self._exchange(self._connection, closed)
                finally:
                    self._connection.close()
                    self._connection = None
            except Exception as error:  # After any error the next connection starts from scratch.
                self._log.warning("connection", "Not connected to flock-relay; events are kept in memory: %s", error)
            self._failures += 1
            self._wait(reconnect_delay(self._failures), closed)

    def _wait(self, seconds: float, closed: threading.Event) -> None:
        """Wait this long, or until closed; drain arrivals meanwhile."""
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0 and not closed.wait(min(remaining, DRAIN_INTERVAL)):
            with self._lock:
                self._drain_arrivals()

    def _wait_for_lines(self, closed: threading.Event) -> bool:
        """Sleep, without a connection, until there is something to send; False when closed."""
        while not closed.is_set():
            with self._lock:
                self._drain_arrivals()
                if len(self._buffer):
                    return True
                self._fall_asleep()
            select.select([self._wake_reader], [], [])
            self._drain_wakes()
        return False

    def _fall_asleep(self) -> None:
        """Let arrivals wake this thread. If there are arrivals already, wake it at once."""
        self._sleeps = True
        if self._arrivals:
            self._sleeps = False
            self._wake()

    def _exchange(self, connection: socket.socket, closed: threading.Event) -> None:
        """Send lines and read replies until closed. Raises ``OSError`` or ``ProtocolError`` on failure."""
        replies = ReplyReader()
        reader, writer = select.poll(), select.poll()
        reader.register(connection, select.POLLIN)
        reader.register(self._wake_reader, select.POLLIN)
        writer.register(connection, select.POLLIN | select.POLLOUT)
        with self._lock:
            self._buffer.start_connection(greetings=1)
        self._answered_at = time.monotonic()
        outgoing = memoryview(HELLO)
        while not closed.is_set():
            outgoing = outgoing or self._next_chunk()
            if not outgoing:
                reader.poll(None if self._sleeps else DRAIN_INTERVAL * 1000)
                self._drain_wakes()
            elif outgoing := _send_some(connection, outgoing):
                writer.poll(DRAIN_INTERVAL * 1000)
                with self._lock:
                    self._drain_arrivals()
            else:
                closed.wait(PACE)
            for reply in replies.feed(_receive_some(connection)):
                self._handle(reply)

    def _next_chunk(self) -> memoryview:
        with self._lock:
            self._drain_arrivals()
            lines = self._buffer.take_lines(CHUNK)
            now = time.monotonic()
            if len(self._buffer) == len(lines):
                self._answered_at = now  # Until now no acknowledgement was expected.
            if not lines and now - self._answered_at <= SILENCE:
                self._fall_asleep()
        return memoryview(b"".join([self._written(line) for line in lines]))

    def _written(self, line: Line) -> bytes:
        try:
            return line.data
        except Exception as error:
            # A field has another type than Flock declares. An empty line keeps the line
            # numbers of relay and bridge equal; the relay counts and skips it.
            with self._lock:
                self._report_unwritable(error)
            return b"\n"

    def _handle(self, reply: Acknowledged | Rejected) -> None:
        if isinstance(reply, Acknowledged):
            self._failures = 0
            self._answered_at = time.monotonic()
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
            "flock-relay rejected %s of workflow %s: %s: %s",
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
    """Send what the socket accepts now; return the rest."""
    try:
        return outgoing[connection.send(outgoing) :]
    except BlockingIOError:
        return outgoing


def _receive_some(connection: socket.socket) -> bytes:
    """The received bytes, b"" if there are none. Raises ``ConnectionResetError`` at the end of the stream."""
    try:
        data = connection.recv(64 * 1024)
    except BlockingIOError:
        return b""
    if not data:
        raise ConnectionResetError("the relay closed the connection")
    return data
