"""Receivers in a separate process, so that they do not delay the load."""

from __future__ import annotations

import multiprocessing
import select
import socket

from exchange import Exchange, Take


class ReceiverProcess:
    """``count`` ports of ``host``, all of them answering with ``take``. Ends with this process.

    ``take`` runs in the other process: its results must be in shared memory.
    """

    def __init__(self, count: int, take: Take, host: str = "127.0.0.1") -> None:
        listeners = [socket.create_server((host, 0), backlog=1_024) for _ in range(count)]
        self.ports: list[int] = [listener.getsockname()[1] for listener in listeners]
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=serve, args=[listeners, take], daemon=True)
        self._process.start()
        for listener in listeners:
            listener.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def stop(self) -> None:
        self._process.kill()
        self._process.join()

    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}/" for port in self.ports]


def serve(listeners: list[socket.socket], take: Take) -> None:
    """Serve until the process is killed. Takes less than half of the processor time of asyncio."""
    waiting = {listener.fileno(): listener for listener in listeners}
    exchanges: dict[int, Exchange] = {}
    poll = select.epoll()
    for number in waiting:
        poll.register(number, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if (listener := waiting.get(number)) is None:
                proceed(exchanges, number)
            else:
                peer, _ = listener.accept()
                peer.setblocking(False)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                exchanges[peer.fileno()] = Exchange(peer, take)
                poll.register(peer.fileno(), select.EPOLLIN)


def proceed(exchanges: dict[int, Exchange], number: int) -> None:
    """Continue with one connection, or close it, which also removes it from the poll."""
    try:
        goes_on = exchanges[number].proceed()
    except OSError:
        goes_on = False
    if not goes_on:
        exchanges.pop(number).close()
