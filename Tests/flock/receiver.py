"""A webhook receiver that keeps every request unchanged."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from http_server import LoopbackServer, PostHandler


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


class Receiver(LoopbackServer):
    """Answers 200 to every request, on a free port. A context manager."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._changed = threading.Condition()
        receiver = self

        class Handler(PostHandler):
            def do_POST(self) -> None:
                headers, body = self.read()
                receiver._keep(Delivery(self.path, headers, body))
                self.answer(200)

        super().__init__(Handler)

    def url(self, path: str = "/hook") -> str:
        """The URL of this receiver."""
        return f"{self.address}{path}"

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
