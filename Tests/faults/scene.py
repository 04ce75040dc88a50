"""A daemon with its rows, and a healthy origin beside them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from event_lines import EventLines
from namespace import PUBLIC
from healthy_origin import WORKFLOW, HealthyOrigin
from relay import Relay
from row import BASE_DELAY, MAX_DELAY, RETRIES, SLACK, TIMEOUT
from row_run import RowRun

OPTIONS = [
    "--timeout", f"{TIMEOUT * 1000:.0f}ms", "--retry-base-delay", f"{BASE_DELAY * 1000:.0f}ms",
    "--retry-max-delay", f"{MAX_DELAY * 1000:.0f}ms", "--retry-max-retries", f"{RETRIES}",
]
LOOPBACK = ("127.0.0.0/8", "::1/128")
PROXY_PORT = 19_900
CA_FILE = "{directory}/stranger.pem"
"""``{directory}`` is replaced by the directory of the certificates."""
PROMPTLY = 2.0
"""Seconds within which artifacts for a healthy origin must arrive."""


@dataclass(frozen=True)
class DaemonKind:
    """The settings of one daemon."""

    networks: tuple[str, ...] = LOOPBACK
    """``allow-network``."""
    options: tuple[str, ...] = ()
    healthy_host: str = "127.0.0.1"
    """The host of its healthy origin."""


KINDS = {
    "main": DaemonKind(),
    "proxied": DaemonKind(options=("--proxy", f"http://127.0.0.1:{PROXY_PORT}")),
    "trusting": DaemonKind(options=("--ca-file", CA_FILE)),
    "strict": DaemonKind((), ("--retry-final-statuses", "410"), PUBLIC),
}


class Scene:
    """Starts the daemon, publishes for its rows, and watches them become final."""

    def __init__(
        self, name: str, binary: Path, directory: Path, certificates: Path, healthy_port: int, slack_factor: float,
    ) -> None:
        self.name = name
        self.kind = KINDS[name]
        self.slack_factor = slack_factor
        """The factor by which time tolerances are multiplied."""
        self.row_runs: list[RowRun] = []
        directory.mkdir()
        options = [option.format(directory=certificates) for option in self.kind.options]
        self.relay = Relay(
            binary, directory, directory / "state", *OPTIONS, *options, networks=self.kind.networks)
        self._port = healthy_port

    @property
    def slack(self) -> float:
        return SLACK * self.slack_factor

    @property
    def promptly(self) -> float:
        return PROMPTLY * self.slack_factor

    def start(self) -> None:
        self.relay.start()
        self._lines = EventLines(self.relay.socket)
        self.healthy_origin = HealthyOrigin(EventLines(self.relay.socket), self.kind.healthy_host, self._port)
        self.healthy_origin.start()

    def add(self, row_run: RowRun) -> None:
        self.row_runs.append(row_run)

    def begin(self) -> None:
        """Write the first artifact of each row, each followed by one for the healthy origin."""
        for row_run in self.row_runs:
            row_run.begun = time.monotonic()
            self._lines.register(row_run.row.name, row_run.url, row_run.row.retries)
            self._publish(row_run)
            self.healthy_origin.publish()
        self._lines.wait()

    def _publish(self, row_run: RowRun) -> None:
        row_run.published += 1
        self._lines.publish(row_run.artifact(row_run.published))

    def _publish_next(self, row_run: RowRun) -> None:
        """Publish the next artifact, or all that are left of a burst."""
        self._publish(row_run)
        while row_run.row.is_burst and row_run.published < row_run.row.artifacts:
            self._publish(row_run)

    def advance(self) -> bool:
        """Publish the next artifact of rows whose delivery is final; True if all rows are finished."""
        if self.relay.ended() is not None:
            return True
        finished = self.relay.status.get("/correlations?state=finished&limit=10000")[1]["correlations"]
        final = {each["correlation_id"]: each["delivered"] + each["failed"] for each in finished}
        for row_run in self.row_runs:
            if row_run.owes_neighbours and self._has_attempt(row_run):
                for _ in range(row_run.row.neighbours):
                    self._publish(row_run)
            elif row_run.ended is None and not row_run.owes_neighbours and final.get(row_run.row.name) == row_run.published:
                if row_run.published < row_run.row.artifacts:
                    self._publish_next(row_run)
                else:
                    self._end(row_run)
        return all(row_run.ended is not None for row_run in self.row_runs)

    def _has_attempt(self, row_run: RowRun) -> bool:
        """The first attempt of the row's first delivery is recorded."""
        return bool((self.relay.status.workflow(row_run.row.name) or {})["deliveries"][0]["attempts"])

    def _end(self, row_run: RowRun) -> None:
        row_run.ended = time.monotonic()
        row_run.report = self.relay.status.workflow(row_run.row.name) or {}

    def failed_healthy_attempts(self) -> Counter[str]:
        """Failed attempts to the healthy origin, counted by class."""
        deliveries = (self.relay.status.workflow(WORKFLOW) or {})["deliveries"]
        return Counter(
            attempt["error"] for delivery in deliveries for attempt in delivery["attempts"] if attempt.get("error"))

    def describe(self) -> str:
        """A summary of the healthy origin's deliveries."""
        seconds = self.healthy_origin.between(0, float("inf"))
        return f"{len(seconds)} artifacts for its healthy origin, the slowest took {max(seconds, default=0):.2f} s"

    def stop(self) -> None:
        self.healthy_origin.stop(self.promptly + 1)
