"""From observed artifacts to lines, after the request has been answered."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from flock.core.artifacts import Artifact

from flock_relay.buffer import Line
from flock_relay.lines import artifact_line, registration_line
from flock_relay.quiet_log import QuietLog
from flock_relay.webhook import Webhook


class Observation(NamedTuple):
    """An artifact of a registered workflow; ``webhook`` if it is the one that registers it."""

    artifact: Artifact
    webhook: Webhook | None
    trace: Mapping[str, str]


class LineWriter:
    """Writes lines in the order of observation, in the event loop's next turn.

    Writing takes longer than all else the bridge does for a request, and nobody who
    waits for an answer needs it. It still comes before any agent sees the artifact:
    the turn is booked before Flock books the agents' first step.
    """

    def __init__(
        self, put: Callable[[list[Line]], None], *, secret: str | None, logger: logging.Logger
    ) -> None:
        """``put`` takes lines and never waits. ``secret``: for webhooks that have none."""
        self._put = put
        self._secret = secret
        self._log = QuietLog(logger)
        self._observed: deque[Observation] = deque()
        self._writing = threading.Lock()
        self.unwritable = 0

    def add(self, observation: Observation) -> None:
        """Take an observation; call in a running event loop."""
        self._observed.append(observation)
        asyncio.get_running_loop().call_soon(self.write)

    def write(self) -> None:
        """Write what was observed so far; from any thread."""
        with self._writing:
            while self._observed:
                observation = self._observed.popleft()
                try:
                    self._write(observation)
                except Exception as error:
                    self.unwritable += 1
                    # Neither the artifact nor the error's text, which may quote it.
                    self._log.warning(
                        "unwritable",
                        "Artifact %s cannot be written for flock-relay: %s",
                        observation.artifact.id,
                        type(error).__name__,
                    )

    def _write(self, observation: Observation) -> None:
        workflow = observation.artifact.correlation_id or ""
        lines = [Line(workflow, artifact_line(observation.artifact, observation.trace))]
        if (webhook := observation.webhook) is not None:
            data = registration_line(workflow, webhook.url, webhook.secret or self._secret)
            lines.insert(0, Line(workflow, data, is_registration=True))
        self._put(lines)
