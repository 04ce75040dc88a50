"""One run of a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from artifact import Artifact
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
        """The host in ASCII, as it is looked up."""
        return (urlsplit(self.url).hostname or "").encode("idna").decode()

    @property
    def authority(self) -> str:
        """Host and port in ASCII, as they are sent."""
        return urlsplit(self.url).netloc.encode("idna").decode()

    def artifact(self, number: int) -> Artifact:
        """The row's artifact with this number, from 1."""
        return Artifact(self.row.name, f"{self.port}-{number}", number, self.row.size)

    @property
    def artifacts(self) -> dict[str, Artifact]:
        """All artifacts of the row and its neighbours, by id."""
        return {each.id: each for each in map(self.artifact, range(1, self.row.artifacts + self.row.neighbours + 1))}
