"""A daemon with the rows that it is to survive, and a healthy origin beside them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from event_lines import EventLines
from namespace import PUBLIC
from neighbour import WORKFLOW, Neighbour
from relay import Relay
from row import BASE_DELAY, MAX_DELAY, RETRIES, SLACK, TIMEOUT
from trial import Trial

OPTIONS = [
    "--timeout", f"{TIMEOUT * 1000:.0f}ms", "--retry-base-delay", f"{BASE_DELAY * 1000:.0f}ms",
    "--retry-max-delay", f"{MAX_DELAY * 1000:.0f}ms", "--retry-max-retries", f"{RETRIES}",
]
LOOPBACK = ("127.0.0.0/8", "::1/128")
PROXY_PORT = 19_900
CA_FILE = "{directory}/stranger.pem"
"""``{directory}`` stands for where the certificates are."""
PROMPTLY = 2.0
"""Seconds within which whatever a healthy origin is sent arrives."""


@dataclass(frozen=True)
class DaemonKind:
    """What one daemon is like."""

    networks: tuple[str, ...] = LOOPBACK
    """``allow-network``."""
    options: tuple[str, ...] = ()
    neighbour: str = "127.0.0.1"
    """Where its healthy origin is."""


KINDS = {
    "main": DaemonKind(),
    "proxied": DaemonKind(options=("--proxy", f"http://127.0.0.1:{PROXY_PORT}")),
    "trusting": DaemonKind(options=("--ca-file", CA_FILE)),
    "strict": DaemonKind((), ("--retry-final-statuses", "410"), PUBLIC),
}


class Scene:
    """Starts the daemon, publishes for its rows, and watches them become final."""

    def __init__(
        self, name: str, binary: Path, directory: Path, certificates: Path, neighbour_port: int, patience: float,
    ) -> None:
        self.name = name
        self.kind = KINDS[name]
        self.patience = patience
        """By how much slack is multiplied."""
        self.trials: list[Trial] = []
        directory.mkdir()
        options = [option.format(directory=certificates) for option in self.kind.options]
        self.relay = Relay(
            binary, directory, directory / "state", *OPTIONS, *options, networks=self.kind.networks)
        self._port = neighbour_port

    @property
    def slack(self) -> float:
        return SLACK * self.patience

    @property
    def promptly(self) -> float:
        return PROMPTLY * self.patience

    def start(self) -> None:
        self.relay.start()
        self._lines = EventLines(self.relay.socket)
        self.neighbour = Neighbour(EventLines(self.relay.socket), self.kind.neighbour, self._port)
        self.neighbour.start()

    def add(self, trial: Trial) -> None:
        self.trials.append(trial)

    def begin(self) -> None:
        """Write the first artifact of each row, and one for the neighbour behind it."""
        for trial in self.trials:
            trial.begun = time.monotonic()
            self._lines.register(trial.row.name, trial.url, trial.row.retries)
            self._publish(trial)
            self.neighbour.publish()
        self._lines.wait()

    def _publish(self, trial: Trial) -> None:
        trial.published += 1
        self._lines.publish(trial.row.name, trial.artifact(trial.published))

    def advance(self) -> bool:
        """Go on with rows whose deliveries have become final; whether nothing more is to come."""
        if self.relay.ended() is not None:
            return True
        finished = self.relay.status.get("/correlations?state=finished&limit=10000")[1]["correlations"]
        final = {each["correlation_id"]: each["delivered"] + each["failed"] for each in finished}
        for trial in self.trials:
            if trial.ended is None and final.get(trial.row.name) == trial.published:
                if trial.published < trial.row.artifacts:
                    self._publish(trial)
                else:
                    self._end(trial)
        return all(trial.ended is not None for trial in self.trials)

    def _end(self, trial: Trial) -> None:
        trial.ended = time.monotonic()
        trial.report = self.relay.status.workflow(trial.row.name) or {}

    def charged_neighbours(self) -> Counter[str]:
        """Classes of failed attempts to the healthy origin, and how many there were of each."""
        deliveries = (self.relay.status.workflow(WORKFLOW) or {})["deliveries"]
        return Counter(
            attempt["error"] for delivery in deliveries for attempt in delivery["attempts"] if attempt.get("error"))

    def describe(self) -> str:
        """How the healthy origin fared."""
        seconds = self.neighbour.between(0, float("inf"))
        return f"{len(seconds)} artifacts for its healthy origin, the slowest took {max(seconds, default=0):.2f} s"

    def stop(self) -> None:
        self.neighbour.stop(self.promptly + 1)
