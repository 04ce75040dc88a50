"""One run of a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from http2_receiver import HTTP2Receiver
from raw_receiver import RawReceiver
from row import Row


@dataclass
class RowRun:
    """A row with the state of its run and its result."""

    row: Row
    port: int
    receiver: RawReceiver | HTTP2Receiver | None = None
    published: int = 0
    begun: float = 0
    """Monotonic seconds of the first line."""
    ended: float | None = None
    """When its last delivery was found to be final; None while it runs."""
    report: dict[str, Any] = field(default_factory=dict)
    """The final answer of ``/correlations/{id}``."""

    @property
    def owes_neighbours(self) -> bool:
        """The neighbours of its first artifact have not been published yet."""
        return bool(self.row.neighbours) and self.published == self.row.artifacts

    @property
    def url(self) -> str:
        return self.row.url.format(port=self.port)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def artifact(self, number: int) -> str:
        """The id of the row's artifact, from 1."""
        return f"{self.port}-{number}"
