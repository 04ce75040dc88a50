"""A healthy origin beside the broken ones: its artifacts must arrive promptly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from artifact import Artifact
from behaviours import OK, Reply
from event_lines import EventLines
from raw_receiver import RawReceiver, Request

WORKFLOW = "healthy"
PACE = 25.0
"""Artifacts a second."""


class HealthyOrigin(threading.Thread):
    """Publishes for its receiver until it is stopped, and records when each artifact was written and arrived."""

    def __init__(self, lines: EventLines, host: str, port: int) -> None:
        super().__init__(daemon=True)
        self._lines = lines
        self._receiver = RawReceiver(port, Reply(OK))
        self._receiver.on_request = self._note
        self._stopped = threading.Event()
        self._writing = threading.Lock()
        self._arrival = threading.Condition()
        self._written: dict[str, float] = {}
        self._arrived: dict[str, float] = {}
        lines.register(WORKFLOW, f"http://{host}:{port}/hook", 0)

    def run(self) -> None:
        with suppress(OSError):  # Another check reports a daemon that has ended.
            while not self._stopped.wait(1 / PACE):
                self.publish()

    def publish(self) -> None:
        """Publish one more artifact, from any thread."""
        with self._writing:
            artifact = self._artifact(len(self._written) + 1)
            self._written[artifact.id] = time.monotonic()
            self._lines.publish(artifact)
            self._lines.wait()

    @staticmethod
    def _artifact(number: int) -> Artifact:
        return Artifact(WORKFLOW, f"n{number}", number)

    def _note(self, request: Request) -> None:
        with self._arrival:
            self._arrived.setdefault(request.headers["x-flock-artifact-id"], request.arrived_at)
            self._arrival.notify_all()

    def stop(self, seconds: float) -> None:
        """Stop publishing, and wait at most ``seconds`` until everything has arrived."""
        self._stopped.set()
        self.join(seconds)
        with self._arrival:
            self._arrival.wait_for(lambda: len(self._arrived) >= len(self._written), seconds)

    def wrong_requests(self) -> Iterator[str]:
        """What is wrong with the requests that have arrived."""
        for request in self._receiver.requests:
            yield from self._artifact(int(request.headers["x-flock-sequence"])).problems(request)

    def between(self, begun: float, ended: float) -> list[float]:
        """Seconds from writing to arrival of each artifact written in this time; infinite for those that never arrived."""
        return [
            self._arrived.get(artifact, float("inf")) - at
            for artifact, at in list(self._written.items()) if begun <= at <= ended
        ]
