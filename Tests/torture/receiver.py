"""Receivers on loopback that check each arriving request against the oracle."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from behaviour import Answer
from oracle import Oracle, Post
from workload import Artifact

Plan = Callable[[str, int, int], Answer]
"""webhook-id, attempt, number of earlier requests of this attempt → answer."""


class Listener:
    """One port on loopback, a thread for each connection; subclasses answer the requests."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _take(self, connection: socket.socket, path: str, headers: dict[str, str], body: bytes) -> bool:
        """Answer one request; False if the connection has ended."""
        raise NotImplementedError

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                stream = connection.makefile("rb")
                while (request := read_request(stream, connection)) is not None:
                    if not self._take(connection, *request):
                        return
            except OSError:
                return


class Receiver(Listener):
    """Answers by its plan. ``plan`` may be replaced at any time."""

    def __init__(self, oracle: Oracle, plan: Plan) -> None:
        self._oracle = oracle
        self.plan = plan
        self.delivered = 0
        """Requests answered 2xx."""
        super().__init__()

    def _take(self, connection: socket.socket, path: str, headers: dict[str, str], body: bytes) -> bool:
        arrived_at = time.time()
        artifact = self._oracle.artifact(headers.get("webhook-id", ""))
        if artifact is None:
            self._oracle.violation(f"a POST to {path} with an unknown webhook-id: {headers}")
            return answer(connection, Answer("status", 200))
        post = self._check(artifact, path, headers, body, arrived_at)
        repeat = self._oracle.posted(artifact, post)
        reply = self.plan(artifact.webhook_id, post.attempt, repeat)
        if reply.delay:
            time.sleep(reply.delay)
        if reply.kind in ("status", "cut"):
            post.status, post.answered_at = reply.status, time.time()
            if 200 <= reply.status < 300:
                self.delivered += 1
        goes_on = answer(connection, reply)
        self._oracle.moments["answer"].set()
        return goes_on

    def _check(
        self, artifact: Artifact, path: str, headers: dict[str, str], body: bytes, arrived_at: float
    ) -> Post:
        """Compare the request with what was written."""

        def wrong(what: str) -> None:
            self._oracle.violation(f"{what} in a POST of {artifact} to {path}: {headers}")

        sequence = int(headers.get("x-flock-sequence", 0))
        attempt = int(headers.get("x-flock-attempt", 0))
        workflow = artifact.workflow
        registration = next(
            (each for each in workflow.registrations if (each.port, each.path) == (self.port, path)), None)
        if registration is None:
            wrong("URL of another workflow")
        elif not registration.signs(body, headers.get("x-flock-signature", "")):
            wrong("X-Flock-Signature")
        elif not 1 <= attempt <= 1 + registration.max_retries:
            wrong("attempt number")
        if not artifact.is_body(body, sequence):
            wrong(f"body {body[:200]!r}")
        named = [unquote_to_bytes(headers.get(name, "")) for name in ("x-flock-correlation-id", "x-flock-artifact-id")]
        if named != [workflow.correlation_id.encode(), artifact.artifact_id.encode()]:
            wrong("ids")
        return Post(sequence, attempt, registration.number if registration else 0, arrived_at)


def read_request(stream, connection: socket.socket):
    """Path, headers (names in lower case) and body, or None at the end of the connection."""
    if (head := read_head(stream)) is None:
        return None
    path, headers = head
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(headers.get("content-length", 0))
    body = stream.read(length)
    return (path, headers, body) if len(body) == length else None


def read_head(stream) -> tuple[str, dict[str, str]] | None:
    """Path and headers (names in lower case), or None at the end of the connection."""
    start = stream.readline()
    if not start:
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline().decode("latin-1").rstrip("\r\n")):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return start.split()[1].decode("latin-1"), headers


def answer(connection: socket.socket, reply: Answer) -> bool:
    """Send a reply; False if the connection has ended."""
    if reply.kind == "reset":
        # The following close sends RST.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    if reply.kind == "hang":
        return False
    if reply.kind == "cut":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return False
    extra = "Retry-After: 1\r\n" if reply.status in (429, 503) else ""
    extra += "Location: /elsewhere\r\n" if reply.status == 302 else ""
    length = "" if reply.status == 204 else "Content-Length: 0\r\n"
    connection.sendall(f"HTTP/1.1 {reply.status} Reason\r\n{extra}{length}\r\n".encode())
    return True
