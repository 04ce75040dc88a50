"""A row at work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from http2_receiver import HTTP2Receiver
from raw_receiver import RawReceiver
from row import Row


@dataclass
class Trial:
    """A row while it runs, and what came of it."""

    row: Row
    port: int
    receiver: RawReceiver | HTTP2Receiver | None = None
    published: int = 0
    begun: float = 0
    """Monotonic seconds of the first line."""
    ended: float | None = None
    """When its last delivery was seen to be final."""
    report: dict[str, Any] = field(default_factory=dict)
    """What ``/correlations/{id}`` says in the end."""

    @property
    def url(self) -> str:
        return self.row.url.format(port=self.port)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def artifact(self, number: int) -> str:
        """The id of the row's artifact, from 1."""
        return f"{self.port}-{number}"
