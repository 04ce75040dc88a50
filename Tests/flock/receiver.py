"""A webhook receiver that keeps every request unchanged."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Delivery:
    """One POST: the raw body, and the headers with lower-case names."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The body, parsed."""
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Whether X-Flock-Signature is valid for these bytes."""
        expected = "sha256=" + hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, self.headers.get("x-flock-signature", ""))


class Receiver:
    """Answers 200 to every request, on a free port. A context manager."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._keep(Delivery(self.path, headers, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *values: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str = "/hook") -> str:
        """The URL of this receiver."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def deliveries(self, path: str = "/hook") -> list[Delivery]:
        """The deliveries to ``path`` or below it, in order of arrival."""
        with self._changed:
            return self._at(path)

    def wait(self, count: int, path: str = "/hook", *, timeout: float = 30) -> list[Delivery]:
        """Wait for ``count`` deliveries to ``path``; fails after ``timeout`` seconds."""
        return self.wait_until(lambda found: len(found) >= count, path, timeout=timeout)

    def wait_until(
        self, enough: Callable[[list[Delivery]], bool], path: str = "/hook", *, timeout: float = 30
    ) -> list[Delivery]:
        """Wait until ``enough`` accepts the deliveries to ``path``; fails after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = self._at(path)
                if enough(found):
                    return found
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{len(found)} deliveries to {path} after {timeout} s: not enough")

    def _at(self, path: str) -> list[Delivery]:
        return [item for item in self._deliveries if f"{item.path}/".startswith(f"{path}/")]

    def _keep(self, delivery: Delivery) -> None:
        with self._changed:
            self._deliveries.append(delivery)
            self._changed.notify_all()
