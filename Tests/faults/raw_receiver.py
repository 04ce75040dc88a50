"""A receiver that reads requests, and whose behaviour writes any bytes."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from receiver import read_request


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    address: str
    """The local address to which it came."""
    arrived_at: float
    """Monotonic seconds."""

    @property
    def attempt(self) -> int:
        return int(self.headers.get("x-flock-attempt", 0))


class Peer:
    """The receiver's end of one connection."""

    def __init__(self, connection: socket.socket, address: str) -> None:
        self.connection = connection
        self.address = address
        self.is_over = False
        self.requests = 0
        """Requests on this connection, the current one included."""

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def begin_tls(self, context: ssl.SSLContext) -> None:
        """Run the handshake. If it fails, the client gets the alert and may close first, so that it can read the alert."""
        plain = self.connection.dup()
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError:
            self.connection = plain
            self.end_sending()
        else:
            plain.close()

    def hold(self) -> None:
        """Send nothing more, and wait until the client ends the connection."""
        while self.connection.recv(65_536):
            pass
        self.is_over = True

    def end_sending(self) -> None:
        """Close the sending half, and continue to read."""
        self.connection.shutdown(socket.SHUT_WR)
        self.hold()

    def reset(self) -> None:
        """Close with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        # Without a TLS shutdown, as when a process ends.
        self.connection.close()
        self.is_over = True


class Behaviour:
    """What a receiver does; independent of the table."""

    def connected(self, peer: Peer) -> None:
        """A connection was established; TLS has not begun yet."""

    def answer(self, peer: Peer, request: Request) -> None:
        """A complete request has arrived."""
        raise NotImplementedError


class RawReceiver:
    """Listens on all addresses of both families at one port, a thread for each connection."""

    def __init__(self, port: int, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behaviour = behaviour
        self._tls = tls
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self.on_request: Callable[[Request], None] = lambda _: None
        self.reached: set[str] = set()
        """Local addresses to which connections were made, whatever their outcome."""
        self._listener = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(connection, connection.getsockname()[0].removeprefix("::ffff:"))
        with self._lock:
            self.reached.add(peer.address)
        try:
            self._behaviour.connected(peer)
            if self._tls is not None and not peer.is_over:
                peer.begin_tls(self._tls)
            self._converse(peer)
        except OSError:
            return
        finally:
            peer.connection.close()

    def _converse(self, peer: Peer) -> None:
        if peer.is_over:
            return
        with peer.connection.makefile("rb") as stream:
            while not peer.is_over and (parts := read_request(stream, peer.connection)) is not None:
                request = Request(*parts, peer.address, time.monotonic())
                with self._lock:
                    self._requests.append(request)
                peer.requests += 1
                self.on_request(request)
                self._behaviour.answer(peer, request)
