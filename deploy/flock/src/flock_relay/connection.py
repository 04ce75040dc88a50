"""The thread that owns the socket, and the buffer from which it sends."""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
import time
import weakref
from collections.abc import Callable

from flock_relay.buffer import Kind, Line, OutboundBuffer
from flock_relay.lines import HELLO
from flock_relay.quiet_log import QuietLog
from flock_relay.replies import Acknowledged, ProtocolError, Rejected, ReplyReader
from flock_relay.steps import Steps

CHUNK = 64 * 1024
"""Bytes taken from the buffer at once."""

FIRST_DELAY, MAX_DELAY = 0.1, 2.0
"""Seconds before the first attempt to reconnect, and the maximum before later ones."""


def reconnect_delay(failures: int) -> float:
    """Seconds to wait after ``failures`` consecutive failures: 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, …"""
    return min(MAX_DELAY, FIRST_DELAY * 2.0 ** (min(failures, 10) - 1))


class RelayConnection:
    """Accepts lines without waiting, and delivers them when the relay is available.

    ``put`` only appends; everything that may wait happens on a daemon thread, which starts
    with the first line. A line is kept until the relay acknowledges it, and sent again on
    each new connection until then; the relay drops duplicates. A forked child starts with
    an empty buffer, because the parent delivers its lines.
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

        ``limit``: maximum bytes of the buffer. ``dropped`` is called, on any thread, for
        every line that is dropped because the buffer is full.
        """
        self._connect = connect
        self._limit = limit
        self._log = QuietLog(logger)
        self._dropped = dropped
        self._reset()
        _connections.add(self)

    def _reset(self) -> None:
        # The lock guards everything below, and the flags of the worker.
        self._lock = threading.Lock()
        self._acknowledged = threading.Condition(self._lock)
        self._buffer = OutboundBuffer(self._limit)
        self._accepted = 0
        self._drops = dict.fromkeys(Kind, 0)
        self._rejected: dict[str, int] = {}
        self._worker: _Worker | None = None
        self.steps = Steps()
        """Steps that put lines soon; the caller runs them before it flushes or counts."""

    def reset_after_fork(self) -> None:
        """In a forked child: close the parent's descriptors and drop its lines."""
        if self._worker is not None:
            self._worker.close()
        self._reset()

    # On the thread of the caller.

    def put(self, line: Line) -> None:
        """Deliver ``line``, after those put before. Never waits for the relay."""
        with self._lock:
            dropped = self._buffer.add(line)
            self._accepted += 1
            for each in dropped:
                self._drops[each.kind] += 1
            self._wake()
        for each in dropped:
            self._dropped(each)
        if dropped:
            self._log.warning(
                "full",
                "The buffer for the relay is full: %d registrations, %d artifacts and %d completions "
                "dropped so far. Is flock-relay running and keeping up?",
                *self._drops.values(),
            )

    def flush(self, timeout: float) -> int:
        """Wait at most ``timeout`` seconds until every line is acknowledged; return how many are not."""
        with self._acknowledged:
            if len(self._buffer):
                self._wake()
            self._acknowledged.wait_for(lambda: not len(self._buffer), timeout)
            return len(self._buffer)

    def close(self) -> None:
        """End the thread and close its descriptors; lines put later start a new thread."""
        with self._lock:
            worker, self._worker = self._worker, None
            if worker is not None:
                worker.stopped = True
                worker.wake()
        if worker is not None:
            worker.join()
            worker.close()

    def counts(self) -> dict[str, int]:
        """Lines so far: accepted, pending, dropped by kind, rejected by code."""
        with self._lock:
            dropped = {f"dropped_{kind.value}s": count for kind, count in self._drops.items()}
            rejected = {f"rejected_{code}": count for code, count in self._rejected.items()}
            return {"accepted": self._accepted, "pending": len(self._buffer), **dropped, **rejected}

    def _wake(self) -> None:
        """Make the thread look at the buffer, and start it if need be. The caller must hold the lock."""
        if self._worker is None or not self._worker.is_alive():
            if self._worker is not None:
                self._worker.close()
            try:
                self._worker = _Worker(self._run)
                self._worker.start()
            except (OSError, RuntimeError) as error:  # No descriptor or thread left: the next line tries again.
                self._log.warning("thread", "No thread for flock-relay; events are kept in memory: %s", error)
        elif self._worker.waits_for_lines:
            self._worker.waits_for_lines = False
            self._worker.wake()

    # On the thread of the connection.

    def _run(self, worker: _Worker) -> None:
        while self._wait_for_lines(worker):
            try:
                worker.connection = self._connect()
                self._exchange(worker.connection, worker)
            except Exception as error:  # After any error the next connection starts from scratch.
                self._log.warning("connection", "Not connected to flock-relay; events are kept in memory: %s", error)
            finally:
                worker.disconnect()
            worker.failures += 1
            worker.sleep(reconnect_delay(worker.failures))

    def _wait_for_lines(self, worker: _Worker) -> bool:
        """Wait, without a connection, until there is something to send; False when closed."""
        while True:
            with self._lock:
                if worker.stopped or len(self._buffer):
                    return not worker.stopped
                worker.waits_for_lines = True
            worker.wait(None)

    def _exchange(self, connection: socket.socket, worker: _Worker) -> None:
        """Send lines and read replies until closed. Raises ``OSError`` or ``ProtocolError`` on failure."""
        replies = ReplyReader()
        outgoing = memoryview(HELLO)
        with self._lock:
            if not worker.stopped:  # Otherwise another worker may use the buffer now.
                self._buffer.start_connection(greetings=1)
        while True:
            with self._lock:
                if worker.stopped:
                    return
                outgoing = outgoing or memoryview(self._buffer.take(CHUNK))
                worker.waits_for_lines = not outgoing
            worker.wait(None, select.POLLIN | (select.POLLOUT if outgoing else 0))
            for reply in replies.feed(_receive_some(connection)):
                self._handle(reply, worker)
            if outgoing:
                outgoing = _send_some(connection, outgoing)

    def _handle(self, reply: Acknowledged | Rejected, worker: _Worker) -> None:
        with self._lock:
            if worker.stopped:
                return  # Another worker may use the buffer now.
            if isinstance(reply, Acknowledged):
                worker.failures = 0
                try:
                    self._buffer.acknowledge(reply.count)
                except ValueError as error:
                    raise ProtocolError(str(error)) from None
                if not len(self._buffer):
                    self._acknowledged.notify_all()
                return
            self._rejected[reply.code] = self._rejected.get(reply.code, 0) + 1
            line = self._buffer.line(reply.number)
        self._log.warning(
            f"rejected {reply.code}",
            "flock-relay rejected the %s of workflow %s: %s: %s",
            "line" if line is None else line.kind.value,
            "unknown" if line is None else line.workflow,
            reply.code,
            reply.message,
        )


class _Worker(threading.Thread):
    """The thread, and the descriptors that it waits for."""

    def __init__(self, run: Callable[[_Worker], None]) -> None:
        super().__init__(target=run, args=(self,), name="flock-relay", daemon=True)
        self.stopped = False
        self.waits_for_lines = False
        self.failures = 0
        self.connection: socket.socket | None = None
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)

    def wake(self) -> None:
        """End the current or the next ``wait``."""
        try:
            self._wake_writer.send(b"\0")
        except BlockingIOError:
            pass  # Wakes are pending already.

    def wait(self, seconds: float | None, events: int = 0) -> None:
        """Wait for a wake, for ``events`` of the connection, or for this long."""
        # poll, because select cannot wait for descriptors over 1023.
        poll = select.poll()
        poll.register(self._wake_reader, select.POLLIN)
        if events and self.connection is not None:
            poll.register(self.connection, events)
        poll.poll(None if seconds is None else seconds * 1000)
        try:
            self._wake_reader.recv(4096)
        except BlockingIOError:
            pass

    def sleep(self, seconds: float) -> None:
        """Wait this long, or until stopped."""
        end = time.monotonic() + seconds
        while not self.stopped and (remaining := end - time.monotonic()) > 0:
            self.wait(remaining)

    def disconnect(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def close(self) -> None:
        """Close every descriptor. The thread must have ended, or belong to the parent process."""
        self.disconnect()
        self._wake_reader.close()
        self._wake_writer.close()


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


_connections: weakref.WeakSet[RelayConnection] = weakref.WeakSet()


def _reset_after_fork() -> None:
    for connection in list(_connections):
        connection.reset_after_fork()


os.register_at_fork(after_in_child=_reset_after_fork)
